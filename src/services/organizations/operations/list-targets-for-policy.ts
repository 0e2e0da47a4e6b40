import { list, required, structure } from "../../../shape/shape.ts";
import { targetAnswer } from "../model/answers.ts";
import { targetsWith } from "../model/attachments.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import { defineOperation } from "../operation.ts";

/** Lists what a policy is attached to. */
export const listTargetsForPolicy = defineOperation({
  name: "ListTargetsForPolicy",
  readOnly: true,
  input: structure({ PolicyId: required(member.policyId), ...member.paging }),
  output: structure({ Targets: required(list(member.target)), ...member.pageEnd }),
  keys: {
    policy: {
      role: "policy",
      locate: ({ PolicyId }) => PolicyId,
      action: "organizations:ListTargetsForPolicy",
      crossAccount: false,
    },
  },
  audit: { request: ["PolicyId", "NextToken", "MaxResults"] },

  handle({ input, keys: { policy } }) {
    const { organization, id } = policy;
    const targets = targetsWith(organization, id);
    const { entries, page } = pageOf(targets, input, `ListTargetsForPolicy ${id}`, (each) => each);
    const answers = entries.map((each) => targetAnswer(organization, each));
    return { output: { Targets: answers, ...page } };
  },
});
