import { required, structure } from "../../../shape/shape.ts";
import type { Role } from "../model/identity.ts";
import * as member from "../model/members.ts";
import { defineOperation, modifiable } from "../operation.ts";
import { auditRole, roleAnswer, roleDescription, roleShape } from "../roles.ts";
import { replaceEntity } from "../tables/changes.ts";

/** Changes a role's description. */
export const updateRoleDescription = defineOperation({
  name: "UpdateRoleDescription",
  readOnly: false,
  input: structure({
    RoleName: required(member.roleName),
    Description: required(roleDescription),
  }),
  output: structure({ Role: required(roleShape) }),
  keys: {
    role: {
      kind: "role",
      locate: ({ RoleName }) => RoleName,
      action: "iam:UpdateRoleDescription",
      crossAccount: false,
    },
  },
  audit: {
    request: ["RoleName", "Description"],
    response: ({ output: { Role: changed } }) => auditRole(changed),
  },

  async handle({ input, keys: { role: thing }, tools }) {
    const role = modifiable(thing);
    const next: Role = { ...role, description: input.Description };
    return {
      output: { Role: await roleAnswer(next, tools) },
      change: replaceEntity("role", role, next, thing.domain),
    };
  },
});
