import { joinChanges } from "../../../database/commit.ts";
import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { requireRoom } from "../model/quotas.ts";
import { defineOperation, found } from "../operation.ts";
import { readEntity, versionOf } from "../reading.ts";
import { replaceEntity } from "../tables/changes.ts";

/** Adds a user to a group; one that is in it already stays. */
export const addUserToGroup = defineOperation({
  name: "AddUserToGroup",
  readOnly: false,
  input: structure({
    GroupName: required(member.groupName),
    UserName: required(member.existingUserName),
  }),
  keys: {
    group: {
      kind: "group",
      locate: ({ GroupName }) => GroupName,
      action: "iam:AddUserToGroup",
      crossAccount: false,
    },
  },
  audit: { request: ["GroupName", "UserName"] },

  async handle({ input: { UserName }, keys: { group: thing }, tools }) {
    const { domain } = thing;
    const group = found(thing);
    const user = await readEntity("user", group.account, UserName, tools);
    const relied = [versionOf("user", user)];
    if (user.groups.includes(group.name)) return { output: undefined, relied };
    requireRoom("GroupsPerUser", user.groups.length);
    const next = { ...user, groups: [...user.groups, group.name] };
    const change = joinChanges([
      replaceEntity("user", user, next, domain),
      // A new version, so that who deletes or renames the group meanwhile looks at its users again.
      replaceEntity("group", group, group, domain),
    ]);
    return { output: undefined, change, relied };
  },
});
