import { list, required, structure } from "../../../shape/shape.ts";
import { groupAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import { defineOperation, found } from "../operation.ts";
import { readEntity } from "../reading.ts";

/** Lists the groups that a user is in, in the order of their names. */
export const listGroupsForUser = defineOperation({
  name: "ListGroupsForUser",
  readOnly: true,
  input: structure({
    UserName: required(member.existingUserName),
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ Groups: required(list(member.group)), ...member.page }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:ListGroupsForUser",
      crossAccount: false,
    },
  },
  audit: { request: ["UserName", "Marker", "MaxItems"] },

  async handle({ input, context: { account }, keys: { user: thing }, tools }) {
    const { groups } = found(thing);
    const listing = `ListGroupsForUser ${input.UserName}`;
    const { entries, page } = pageOf(groups, input, listing, (name) => name);
    const read = await Promise.all(
      entries.map((name) => readEntity("group", account, name, tools)),
    );
    return { output: { Groups: read.map(groupAnswer), ...page } };
  },
});
