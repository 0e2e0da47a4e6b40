import { required, structure } from "../../../shape/shape.ts";
import { untagEntity } from "../entity-tags.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Takes tags away from a user by their keys. */
export const untagUser = defineOperation({
  name: "UntagUser",
  readOnly: false,
  input: structure({
    UserName: required(member.existingUserName),
    TagKeys: required(member.tagKeys),
  }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:UntagUser",
      crossAccount: false,
      conditions: ({ TagKeys }) => ({ "aws:TagKeys": TagKeys }),
    },
  },
  audit: { request: ["UserName", "TagKeys"] },
  handle: ({ input, keys: { user } }) => ({
    output: undefined,
    change: untagEntity(user, input.TagKeys),
  }),
});
