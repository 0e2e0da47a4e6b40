import { tagConditions } from "../../../api/request-tags.ts";
import { required, structure } from "../../../shape/shape.ts";
import { tagEntity } from "../entity-tags.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Sets tags of a user. */
export const tagUser = defineOperation({
  name: "TagUser",
  readOnly: false,
  input: structure({ UserName: required(member.existingUserName), Tags: required(member.tags) }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:TagUser",
      crossAccount: false,
      conditions: ({ Tags }) => tagConditions(Tags),
    },
  },
  audit: { request: ["UserName", "Tags"] },
  handle: ({ input, keys: { user } }) => ({
    output: undefined,
    change: tagEntity(user, input.Tags),
  }),
});
