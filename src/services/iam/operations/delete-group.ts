import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { mustFirst } from "../model/refusals.ts";
import { defineOperation, found } from "../operation.ts";
import { deleteEntity } from "../tables/changes.ts";

/** Deletes a group without users and without policies. */
export const deleteGroup = defineOperation({
  name: "DeleteGroup",
  readOnly: false,
  input: structure({ GroupName: required(member.groupName) }),
  keys: {
    group: {
      kind: "group",
      locate: ({ GroupName }) => GroupName,
      action: "iam:DeleteGroup",
      crossAccount: false,
    },
  },
  audit: { request: ["GroupName"] },

  async handle({ keys: { group: thing }, tools }) {
    const group = found(thing);
    // Who joins meanwhile changes the group.
    const users = await tools.identities.members(group.account, group.name);
    if (users.length > 0) throw mustFirst("remove users from group");
    if (group.managedPolicies.length > 0) throw mustFirst("detach all policies");
    if (Object.keys(group.inlinePolicies).length > 0) throw mustFirst("delete policies");
    return { output: undefined, change: deleteEntity("group", group, thing.domain) };
  },
});
