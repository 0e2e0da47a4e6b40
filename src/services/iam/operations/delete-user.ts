import { required, structure } from "../../../shape/shape.ts";
import type { User } from "../model/identity.ts";
import * as member from "../model/members.ts";
import { mustFirst } from "../model/refusals.ts";
import { defineOperation, found } from "../operation.ts";
import { deleteEntity } from "../tables/changes.ts";

/** Deletes a user that holds nothing any more. */
export const deleteUser = defineOperation({
  name: "DeleteUser",
  readOnly: false,
  input: structure({ UserName: required(member.existingUserName) }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:DeleteUser",
      crossAccount: false,
    },
  },
  audit: { request: ["UserName"] },

  handle({ keys: { user: thing } }) {
    const user = found(thing);
    refuseWhatHolds(user);
    return { output: undefined, change: deleteEntity("user", user, thing.domain) };
  },
});

function refuseWhatHolds(user: User): void {
  if (user.login !== undefined) throw mustFirst("delete login profile");
  if (user.accessKeys.length > 0) throw mustFirst("delete access keys");
  if (user.groups.length > 0) throw mustFirst("remove users from group");
  if (user.managedPolicies.length > 0) throw mustFirst("detach all policies");
  if (Object.keys(user.inlinePolicies).length > 0) throw mustFirst("delete policies");
}
