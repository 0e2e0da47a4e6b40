import { required, structure } from "../../../shape/shape.ts";
import { putBoundary } from "../attachments.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Bounds what the policies of a role may allow by a managed policy. */
export const putRolePermissionsBoundary = defineOperation({
  name: "PutRolePermissionsBoundary",
  readOnly: false,
  input: structure({
    RoleName: required(member.roleName),
    PermissionsBoundary: required(member.arn),
  }),
  keys: {
    role: {
      kind: "role",
      locate: ({ RoleName }) => RoleName,
      action: "iam:PutRolePermissionsBoundary",
      crossAccount: false,
      conditions: ({ PermissionsBoundary }) => ({ "iam:PermissionsBoundary": PermissionsBoundary }),
    },
  },
  audit: { request: ["RoleName", "PermissionsBoundary"] },
  handle: ({ input, keys: { role }, tools }) => putBoundary(role, input.PermissionsBoundary, tools),
});
