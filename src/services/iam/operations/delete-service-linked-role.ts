import { AwsError } from "../../../base/errors.ts";
import { required, string, structure } from "../../../shape/shape.ts";
import { isServiceLinked } from "../model/identity.ts";
import * as member from "../model/members.ts";
import { defineOperation, found } from "../operation.ts";
import { deleteEntity } from "../tables/changes.ts";

/** Deletes the role through which a service acts in the account, at once. */
export const deleteServiceLinkedRole = defineOperation({
  name: "DeleteServiceLinkedRole",
  readOnly: false,
  input: structure({ RoleName: required(member.roleName) }),
  output: structure({ DeletionTaskId: required(string()) }),
  keys: {
    role: {
      kind: "role",
      locate: ({ RoleName }) => RoleName,
      action: "iam:DeleteServiceLinkedRole",
      crossAccount: false,
    },
  },
  audit: {
    request: ["RoleName"],
    response: ({ output }) => ({ deletionTaskId: output.DeletionTaskId }),
  },

  handle({ keys: { role: thing }, tools }) {
    const role = found(thing);
    if (!isServiceLinked(role))
      throw new AwsError(
        "InvalidInputException",
        `The role ${role.name} is not a service-linked role.`,
      );
    return {
      output: { DeletionTaskId: `task${role.path}${role.name}/${tools.ids.uuid()}` },
      change: deleteEntity("role", role, thing.domain),
    };
  },
});
