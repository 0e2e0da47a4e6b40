import { required, structure } from "../../../shape/shape.ts";
import { typeConditions } from "../conditions.ts";
import { detached } from "../model/attachments.ts";
import * as member from "../model/members.ts";
import { changeTo, defineOperation } from "../operation.ts";

/** Detaches a policy from the root or an account, which keep at least one. */
export const detachPolicy = defineOperation({
  name: "DetachPolicy",
  readOnly: false,
  input: structure({ PolicyId: required(member.policyId), TargetId: required(member.targetId) }),
  keys: {
    policy: {
      role: "policy",
      locate: ({ PolicyId }) => PolicyId,
      action: "organizations:DetachPolicy",
      crossAccount: false,
    },
    target: {
      role: "target",
      locate: ({ TargetId }) => TargetId,
      action: "organizations:DetachPolicy",
      crossAccount: false,
      conditions: () => typeConditions("SERVICE_CONTROL_POLICY"),
    },
  },
  audit: { request: ["PolicyId", "TargetId"] },

  handle({ keys: { policy, target } }) {
    const next = detached(target.organization, policy.id, target.id);
    return { output: undefined, change: changeTo(next, target) };
  },
});
