import { AwsError } from "../../../base/errors.ts";
import { randomBytes } from "../../../crypto/random.ts";
import { blob, required, sensitive, string, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { refuseRecipient } from "../symmetric.ts";

/** Returns random bytes, 1 to 1,024 of them. */
export const generateRandom = defineOperation({
  name: "GenerateRandom",
  readOnly: true,

  input: structure({
    NumberOfBytes: member.numberOfBytes,
    CustomKeyStoreId: string({ min: 1, max: 64 }),
    Recipient: structure({}),
  }),

  output: structure({ Plaintext: required(sensitive(blob())) }),

  identity: [{ action: "kms:GenerateRandom", resource: () => "*" }],
  keys: {},
  audit: { request: [] },

  handle({ input: { NumberOfBytes, CustomKeyStoreId, Recipient } }) {
    refuseRecipient(Recipient);
    if (CustomKeyStoreId !== undefined)
      throw new AwsError("UnsupportedOperationException", "Custom key stores are not supported.");
    if (NumberOfBytes === undefined)
      throw new AwsError("ValidationException", "NumberOfBytes is required.");
    return { output: { Plaintext: randomBytes(NumberOfBytes) } };
  },
});
