import { list, required, structure } from "../../../shape/shape.ts";
import { accessKeyAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import { defineOperation, found } from "../operation.ts";

/** Lists the access keys of a user; without a name, of the caller. */
export const listAccessKeys = defineOperation({
  name: "ListAccessKeys",
  readOnly: true,
  input: structure({
    UserName: member.existingUserName,
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({
    AccessKeyMetadata: required(list(member.accessKeyMetadata)),
    ...member.page,
  }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:ListAccessKeys",
      crossAccount: false,
    },
  },
  audit: { request: ["UserName", "Marker", "MaxItems"] },

  handle({ input, keys: { user: thing } }) {
    const user = found(thing);
    const listing = `ListAccessKeys ${user.name}`;
    const { entries, page } = pageOf(user.accessKeys, input, listing, ({ id }) => id);
    return {
      output: { AccessKeyMetadata: entries.map((key) => accessKeyAnswer(user, key)), ...page },
    };
  },
});
