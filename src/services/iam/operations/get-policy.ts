import { required, structure } from "../../../shape/shape.ts";
import { policyAnswer, policyShape } from "../managed-policies.ts";
import * as member from "../model/members.ts";
import { defineOperation, found } from "../operation.ts";
import { countUses, listHolders } from "../policy-uses.ts";

/** Describes a managed policy, AWS's own included. */
export const getPolicy = defineOperation({
  name: "GetPolicy",
  readOnly: true,
  input: structure({ PolicyArn: required(member.arn) }),
  output: structure({ Policy: required(policyShape) }),
  keys: {
    policy: {
      kind: "policy",
      locate: ({ PolicyArn }) => PolicyArn,
      action: "iam:GetPolicy",
      crossAccount: true,
    },
  },
  audit: { request: ["PolicyArn"] },

  async handle({ input, keys: { policy }, context: { account }, tools }) {
    const uses = countUses(await listHolders(account, tools));
    return { output: { Policy: policyAnswer(found(policy), uses(input.PolicyArn)) } };
  },
});
