import { openAuthorizationMessage } from "../../../api/authorization-message.ts";
import { IntegrityError } from "../../../base/errors.ts";
import { required, string, structure } from "../../../shape/shape.ts";
import { refuseUserSession } from "../callers.ts";
import { defineOperation } from "../operation.ts";

/** Tells why a call of the account was refused, from the message that came with the refusal. */
export const decodeAuthorizationMessage = defineOperation({
  name: "DecodeAuthorizationMessage",
  readOnly: true,
  input: structure({ EncodedMessage: required(string({ min: 1, max: 10_240 })) }),
  output: structure({ DecodedMessage: string() }),
  identity: [{ action: "sts:DecodeAuthorizationMessage", resource: () => "*" }],
  keys: {},
  audit: { request: [] },

  async handle({ input: { EncodedMessage: encoded }, context, tools }) {
    refuseUserSession("DecodeAuthorizationMessage", context);
    const { account } = context;
    const domain = await tools.identities.findDomain(account);
    if (domain === undefined) throw new IntegrityError(`account ${account} is missing`);
    return { output: { DecodedMessage: openAuthorizationMessage(domain, encoded) } };
  },
});
