import { required, structure } from "../../../shape/shape.ts";
import type { Role } from "../model/identity.ts";
import * as member from "../model/members.ts";
import { mustFirst } from "../model/refusals.ts";
import { defineOperation, modifiable } from "../operation.ts";
import { deleteEntity } from "../tables/changes.ts";

/** Deletes a role that has no policies any more. */
export const deleteRole = defineOperation({
  name: "DeleteRole",
  readOnly: false,
  input: structure({ RoleName: required(member.roleName) }),
  keys: {
    role: {
      kind: "role",
      locate: ({ RoleName }) => RoleName,
      action: "iam:DeleteRole",
      crossAccount: false,
    },
  },
  audit: { request: ["RoleName"] },

  handle({ keys: { role: thing } }) {
    const role = modifiable(thing);
    refuseWhatHolds(role);
    return { output: undefined, change: deleteEntity("role", role, thing.domain) };
  },
});

function refuseWhatHolds({ managedPolicies, inlinePolicies }: Role): void {
  if (managedPolicies.length > 0) throw mustFirst("detach all policies");
  if (Object.keys(inlinePolicies).length > 0) throw mustFirst("delete policies");
}
