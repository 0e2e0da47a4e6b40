import { AwsError } from "../../../base/errors.ts";
import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { readAccount } from "../reading.ts";
import { replaceAccount } from "../tables/changes.ts";

/** Gives the account its alias, in the place of the one that it had. */
export const createAccountAlias = defineOperation({
  name: "CreateAccountAlias",
  readOnly: false,
  input: structure({ AccountAlias: required(member.accountAlias) }),
  identity: [{ action: "iam:CreateAccountAlias", resource: () => "*" }],
  keys: {},
  audit: { request: ["AccountAlias"] },

  async handle({ input: { AccountAlias: alias }, context, tools }) {
    const { account, relied } = await readAccount(context.account, tools);
    if (await tools.identities.isAliasTaken(alias))
      throw new AwsError(
        "EntityAlreadyExistsException",
        `The account alias ${alias} already exists.`,
      );
    const domain = await tools.identities.domain(context.account);
    return {
      output: undefined,
      change: replaceAccount(account, { ...account, alias }, domain),
      relied,
    };
  },
});
