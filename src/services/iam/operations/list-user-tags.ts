import { required, structure } from "../../../shape/shape.ts";
import { entityTags } from "../entity-tags.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Lists the tags of a user in the order of their keys. */
export const listUserTags = defineOperation({
  name: "ListUserTags",
  readOnly: true,
  input: structure({
    UserName: required(member.existingUserName),
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ Tags: required(member.tags), ...member.page }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:ListUserTags",
      crossAccount: false,
    },
  },
  audit: { request: ["UserName", "Marker", "MaxItems"] },
  handle: ({ input, keys: { user } }) => ({ output: entityTags(user, input) }),
});
