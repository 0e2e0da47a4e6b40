import { required, structure } from "../../../shape/shape.ts";
import { detachPolicy } from "../attachments.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Detaches a managed policy from a role. */
export const detachRolePolicy = defineOperation({
  name: "DetachRolePolicy",
  readOnly: false,
  input: structure({ RoleName: required(member.roleName), PolicyArn: required(member.arn) }),
  keys: {
    role: {
      kind: "role",
      locate: ({ RoleName }) => RoleName,
      action: "iam:DetachRolePolicy",
      crossAccount: false,
      asksForBoundary: true,
      conditions: ({ PolicyArn }) => ({ "iam:PolicyARN": PolicyArn }),
    },
  },
  audit: { request: ["RoleName", "PolicyArn"] },
  handle: ({ input, keys: { role } }) => ({
    output: undefined,
    change: detachPolicy(role, input.PolicyArn),
  }),
});
