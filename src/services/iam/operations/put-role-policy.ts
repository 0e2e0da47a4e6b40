import { required, structure } from "../../../shape/shape.ts";
import { putInlinePolicy } from "../inline-policies.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Gives a role an inline policy, or replaces the one of that name. */
export const putRolePolicy = defineOperation({
  name: "PutRolePolicy",
  readOnly: false,
  input: structure({
    RoleName: required(member.roleName),
    PolicyName: required(member.policyName),
    PolicyDocument: required(member.policyDocument),
  }),
  keys: {
    role: {
      kind: "role",
      locate: ({ RoleName }) => RoleName,
      action: "iam:PutRolePolicy",
      crossAccount: false,
      asksForBoundary: true,
    },
  },
  audit: { request: ["RoleName", "PolicyName", "PolicyDocument"] },
  handle: ({ input, keys: { role } }) => ({
    output: undefined,
    change: putInlinePolicy(role, input),
  }),
});
