import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation, found } from "../operation.ts";
import { roleDetails, roleShape } from "../roles.ts";

/** Describes a role with its trust policy. */
export const getRole = defineOperation({
  name: "GetRole",
  readOnly: true,
  input: structure({ RoleName: required(member.roleName) }),
  output: structure({ Role: required(roleShape) }),
  keys: {
    role: {
      kind: "role",
      locate: ({ RoleName }) => RoleName,
      action: "iam:GetRole",
      crossAccount: false,
    },
  },
  audit: { request: ["RoleName"] },
  handle: async ({ keys: { role }, tools }) => ({
    output: { Role: await roleDetails(found(role), tools) },
  }),
});
