import { required, structure } from "../../../shape/shape.ts";
import type { Role } from "../model/identity.ts";
import * as member from "../model/members.ts";
import { defineOperation, modifiable } from "../operation.ts";
import { roleDescription, sessionDuration } from "../roles.ts";
import { replaceEntity } from "../tables/changes.ts";

/** Changes a role's description and how long its sessions may last. */
export const updateRole = defineOperation({
  name: "UpdateRole",
  readOnly: false,
  input: structure({
    RoleName: required(member.roleName),
    Description: roleDescription,
    MaxSessionDuration: sessionDuration,
  }),
  output: structure({}),
  keys: {
    role: {
      kind: "role",
      locate: ({ RoleName }) => RoleName,
      action: "iam:UpdateRole",
      crossAccount: false,
    },
  },
  audit: { request: ["RoleName", "Description", "MaxSessionDuration"] },

  handle({ input, keys: { role: thing } }) {
    const role = modifiable(thing);
    const next: Role = {
      ...role,
      description: input.Description ?? role.description,
      maxSessionDuration: input.MaxSessionDuration ?? role.maxSessionDuration,
    };
    return { output: {}, change: replaceEntity("role", role, next, thing.domain) };
  },
});
