import { required, structure } from "../../../shape/shape.ts";
import { typeConditions } from "../conditions.ts";
import { attached } from "../model/attachments.ts";
import * as member from "../model/members.ts";
import { changeTo, defineOperation } from "../operation.ts";

/** Attaches a policy to the root or an account: it limits all principals there from now on. */
export const attachPolicy = defineOperation({
  name: "AttachPolicy",
  readOnly: false,
  input: structure({ PolicyId: required(member.policyId), TargetId: required(member.targetId) }),
  keys: {
    policy: {
      role: "policy",
      locate: ({ PolicyId }) => PolicyId,
      action: "organizations:AttachPolicy",
      crossAccount: false,
    },
    target: {
      role: "target",
      locate: ({ TargetId }) => TargetId,
      action: "organizations:AttachPolicy",
      crossAccount: false,
      conditions: () => typeConditions("SERVICE_CONTROL_POLICY"),
    },
  },
  audit: { request: ["PolicyId", "TargetId"] },

  handle({ keys: { policy, target } }) {
    const next = attached(target.organization, policy.id, target.id);
    return { output: undefined, change: changeTo(next, target) };
  },
});
