import { joinChanges } from "../../../database/commit.ts";
import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { newPlace } from "../moves.ts";
import { defineOperation, found } from "../operation.ts";
import { versionOf } from "../reading.ts";
import { renameEntity, replaceEntity } from "../tables/changes.ts";

/** Gives a group another name, another path, or both; its users stay in it. */
export const updateGroup = defineOperation({
  name: "UpdateGroup",
  readOnly: false,
  input: structure({
    GroupName: required(member.groupName),
    NewPath: member.path,
    NewGroupName: member.groupName,
  }),
  keys: {
    group: {
      kind: "group",
      locate: ({ GroupName }) => GroupName,
      action: "iam:UpdateGroup",
      crossAccount: false,
    },
    target: {
      kind: "group",
      locate: ({ GroupName }) => GroupName,
      action: "iam:UpdateGroup",
      crossAccount: false,
      movesTo: ({ NewGroupName: name, NewPath: path }) => ({ name, path }),
    },
  },
  audit: { request: ["GroupName", "NewPath", "NewGroupName"] },

  async handle({ input: { NewGroupName, NewPath }, keys: { group: thing }, tools }) {
    const { domain } = thing;
    const group = found(thing);
    const next = { ...group, ...(await newPlace("group", group, NewGroupName, NewPath, tools)) };
    if (next.name === group.name)
      return { output: undefined, change: replaceEntity("group", group, next, domain) };
    const users = await tools.identities.members(group.account, group.name);
    const moved = users.map((user) => {
      const groups = user.groups.map((name) => (name === group.name ? next.name : name));
      return replaceEntity("user", user, { ...user, groups }, domain);
    });
    const renamed = { ...next, version: tools.ids.version() };
    return {
      output: undefined,
      change: joinChanges([renameEntity("group", group, renamed, domain), ...moved]),
      // Who joins meanwhile changes the group, who leaves or is renamed changes the user.
      relied: users.map((user) => versionOf("user", user)),
    };
  },
});
