import { required, structure } from "../../../shape/shape.ts";
import { deleteInlinePolicy } from "../inline-policies.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Takes an inline policy away from a role. */
export const deleteRolePolicy = defineOperation({
  name: "DeleteRolePolicy",
  readOnly: false,
  input: structure({
    RoleName: required(member.roleName),
    PolicyName: required(member.policyName),
  }),
  keys: {
    role: {
      kind: "role",
      locate: ({ RoleName }) => RoleName,
      action: "iam:DeleteRolePolicy",
      crossAccount: false,
      asksForBoundary: true,
    },
  },
  audit: { request: ["RoleName", "PolicyName"] },
  handle: ({ input, keys: { role } }) => ({
    output: undefined,
    change: deleteInlinePolicy(role, input.PolicyName),
  }),
});
