import { AwsError } from "../../../base/errors.ts";
import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { readAccount } from "../reading.ts";
import { replaceAccount } from "../tables/changes.ts";

/** Takes its alias from the account. */
export const deleteAccountAlias = defineOperation({
  name: "DeleteAccountAlias",
  readOnly: false,
  input: structure({ AccountAlias: required(member.accountAlias) }),
  identity: [{ action: "iam:DeleteAccountAlias", resource: () => "*" }],
  keys: {},
  audit: { request: ["AccountAlias"] },

  async handle({ input: { AccountAlias }, context, tools }) {
    const { account, relied } = await readAccount(context.account, tools);
    const { alias, ...next } = account;
    if (alias !== AccountAlias)
      throw new AwsError(
        "NoSuchEntityException",
        `The account alias ${AccountAlias} could not be found.`,
      );
    const change = replaceAccount(account, next, await tools.identities.domain(context.account));
    return { output: undefined, change, relied };
  },
});
