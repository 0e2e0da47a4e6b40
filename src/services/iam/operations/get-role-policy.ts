import { required, string, structure } from "../../../shape/shape.ts";
import { inlinePolicy } from "../inline-policies.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Returns an inline policy of a role. */
export const getRolePolicy = defineOperation({
  name: "GetRolePolicy",
  readOnly: true,
  input: structure({
    RoleName: required(member.roleName),
    PolicyName: required(member.policyName),
  }),
  output: structure({
    RoleName: required(string()),
    PolicyName: required(string()),
    PolicyDocument: required(string()),
  }),
  keys: {
    role: {
      kind: "role",
      locate: ({ RoleName }) => RoleName,
      action: "iam:GetRolePolicy",
      crossAccount: false,
    },
  },
  audit: { request: ["RoleName", "PolicyName"] },
  handle: ({ input, keys: { role } }) => ({
    output: { RoleName: input.RoleName, ...inlinePolicy(role, input.PolicyName) },
  }),
});
