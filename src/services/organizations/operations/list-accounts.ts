import { list, required, structure } from "../../../shape/shape.ts";
import { accountAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import { defineOperation, managedOrganization } from "../operation.ts";

/** Lists the accounts of the organization, by their numbers. */
export const listAccounts = defineOperation({
  name: "ListAccounts",
  readOnly: true,
  input: structure({ ...member.paging }),
  output: structure({ Accounts: required(list(member.account)), ...member.pageEnd }),
  identity: [{ action: "organizations:ListAccounts", resource: () => "*" }],
  keys: {},
  audit: { request: ["NextToken", "MaxResults"] },

  async handle({ input, context, tools }) {
    const { organization, versions } = await managedOrganization(context, tools);
    const { accounts } = organization;
    const { entries, page } = pageOf(accounts, input, "ListAccounts", ({ id }) => id);
    const answers = entries.map((account) => accountAnswer(organization, account));
    return { output: { Accounts: answers, ...page }, relied: versions };
  },
});
