import { structure } from "../../../shape/shape.ts";
import { noPasswordPolicyToDelete } from "../model/refusals.ts";
import { defineOperation } from "../operation.ts";
import { readAccount } from "../reading.ts";
import { replaceAccount } from "../tables/changes.ts";

/** Goes back to the default of what is demanded of passwords. */
export const deleteAccountPasswordPolicy = defineOperation({
  name: "DeleteAccountPasswordPolicy",
  readOnly: false,
  input: structure({}),
  identity: [{ action: "iam:DeleteAccountPasswordPolicy", resource: () => "*" }],
  keys: {},
  audit: { request: [] },

  async handle({ context, tools }) {
    const { account, relied } = await readAccount(context.account, tools);
    const { passwordPolicy, ...next } = account;
    if (passwordPolicy === undefined) throw noPasswordPolicyToDelete();
    const change = replaceAccount(account, next, await tools.identities.domain(context.account));
    return { output: undefined, change, relied };
  },
});
