import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation, found } from "../operation.ts";
import { readEntity, versionOf } from "../reading.ts";
import { replaceEntity } from "../tables/changes.ts";

/** Removes a user from a group; one that is not in it stays outside. */
export const removeUserFromGroup = defineOperation({
  name: "RemoveUserFromGroup",
  readOnly: false,
  input: structure({
    GroupName: required(member.groupName),
    UserName: required(member.existingUserName),
  }),
  keys: {
    group: {
      kind: "group",
      locate: ({ GroupName }) => GroupName,
      action: "iam:RemoveUserFromGroup",
      crossAccount: false,
      handlerRequires: true,
    },
  },
  audit: { request: ["GroupName", "UserName"] },

  async handle({ input: { UserName }, keys: { group: thing }, tools }) {
    const user = await readEntity("user", thing.account, UserName, tools);
    const group = found(thing);
    const relied = [versionOf("user", user)];
    const groups = user.groups.filter((name) => name !== group.name);
    if (groups.length === user.groups.length) return { output: undefined, relied };
    const change = replaceEntity("user", user, { ...user, groups }, thing.domain);
    return { output: undefined, change, relied };
  },
});
