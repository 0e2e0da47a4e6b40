import { list, required, structure } from "../../../shape/shape.ts";
import { groupAnswer, userSummary } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import { defineOperation, found } from "../operation.ts";

/** Describes a group and lists its users in the order of their names. */
export const getGroup = defineOperation({
  name: "GetGroup",
  readOnly: true,
  input: structure({
    GroupName: required(member.groupName),
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({
    Group: required(member.group),
    Users: required(list(member.user)),
    ...member.page,
  }),
  keys: {
    group: {
      kind: "group",
      locate: ({ GroupName }) => GroupName,
      action: "iam:GetGroup",
      crossAccount: false,
    },
  },
  audit: { request: ["GroupName", "Marker", "MaxItems"] },

  async handle({ input, keys: { group: thing }, tools }) {
    const group = found(thing);
    const users = await tools.identities.members(group.account, group.name);
    const { entries, page } = pageOf(users, input, `GetGroup ${group.name}`, ({ name }) => name);
    return {
      output: { Group: groupAnswer(group), Users: entries.map(userSummary), ...page },
    };
  },
});
