import { required, structure } from "../../../shape/shape.ts";
import { policyAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { policyOf } from "../model/policies.ts";
import { defineOperation } from "../operation.ts";

/** Describes a policy, with what it says. */
export const describePolicy = defineOperation({
  name: "DescribePolicy",
  readOnly: true,
  input: structure({ PolicyId: required(member.policyId) }),
  output: structure({ Policy: required(member.policy) }),
  keys: {
    policy: {
      role: "policy",
      locate: ({ PolicyId }) => PolicyId,
      action: "organizations:DescribePolicy",
      crossAccount: false,
    },
  },
  audit: { request: ["PolicyId"] },
  handle: ({
    keys: {
      policy: { organization, id },
    },
  }) => ({ output: { Policy: policyAnswer(organization, policyOf(organization, id)) } }),
});
