import { required, structure } from "../../../shape/shape.ts";
import { deleteBoundary } from "../attachments.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Takes the permissions boundary of a role away. */
export const deleteRolePermissionsBoundary = defineOperation({
  name: "DeleteRolePermissionsBoundary",
  readOnly: false,
  input: structure({ RoleName: required(member.roleName) }),
  keys: {
    role: {
      kind: "role",
      locate: ({ RoleName }) => RoleName,
      action: "iam:DeleteRolePermissionsBoundary",
      crossAccount: false,
      asksForBoundary: true,
    },
  },
  audit: { request: ["RoleName"] },
  handle: ({ keys: { role } }) => ({ output: undefined, change: deleteBoundary(role) }),
});
