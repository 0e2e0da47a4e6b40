import { list, required, structure } from "../../../shape/shape.ts";
import { typeConditions } from "../conditions.ts";
import { summaryAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import { policyOf } from "../model/policies.ts";
import { defineOperation } from "../operation.ts";

/** Lists the policies of a type that are attached to the root or an account. */
export const listPoliciesForTarget = defineOperation({
  name: "ListPoliciesForTarget",
  readOnly: true,
  input: structure({
    TargetId: required(member.targetId),
    Filter: required(member.policyType),
    ...member.paging,
  }),
  output: structure({ Policies: required(list(member.policySummary)), ...member.pageEnd }),
  keys: {
    target: {
      role: "target",
      locate: ({ TargetId }) => TargetId,
      action: "organizations:ListPoliciesForTarget",
      crossAccount: false,
      conditions: ({ Filter }) => typeConditions(Filter),
    },
  },
  audit: { request: ["TargetId", "Filter", "NextToken", "MaxResults"] },

  handle({ input, keys: { target } }) {
    const { organization, id } = target;
    const { Filter: type } = input;
    const ids = type === "SERVICE_CONTROL_POLICY" ? (organization.attachments[id] ?? []) : [];
    const listing = `ListPoliciesForTarget ${id} ${type}`;
    const { entries, page } = pageOf(ids, input, listing, (policy) => policy);
    const policies = entries.map((each) =>
      summaryAnswer(organization, policyOf(organization, each)),
    );
    return { output: { Policies: policies, ...page } };
  },
});
