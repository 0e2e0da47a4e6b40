import { list, required, structure } from "../../../shape/shape.ts";
import { typeConditions } from "../conditions.ts";
import { summaryAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { fullAwsAccess } from "../model/organization.ts";
import { pageOf } from "../model/paging.ts";
import { defineOperation, managedOrganization } from "../operation.ts";

/** Lists the policies of a type, AWS's included. */
export const listPolicies = defineOperation({
  name: "ListPolicies",
  readOnly: true,
  input: structure({ Filter: required(member.policyType), ...member.paging }),
  output: structure({ Policies: required(list(member.policySummary)), ...member.pageEnd }),
  identity: [
    {
      action: "organizations:ListPolicies",
      resource: () => "*",
      conditions: ({ Filter }) => typeConditions(Filter),
    },
  ],
  keys: {},
  audit: { request: ["Filter", "NextToken", "MaxResults"] },

  async handle({ input, context, tools }) {
    const { organization, versions } = await managedOrganization(context, tools);
    const all =
      input.Filter === "SERVICE_CONTROL_POLICY" ? [fullAwsAccess, ...organization.policies] : [];
    const { entries, page } = pageOf(all, input, `ListPolicies ${input.Filter}`, ({ id }) => id);
    const answers = entries.map((policy) => summaryAnswer(organization, policy));
    return { output: { Policies: answers, ...page }, relied: versions };
  },
});
