import { required, structure } from "../../../shape/shape.ts";
import { untagEntity } from "../entity-tags.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Takes tags away from a role. */
export const untagRole = defineOperation({
  name: "UntagRole",
  readOnly: false,
  input: structure({ RoleName: required(member.roleName), TagKeys: required(member.tagKeys) }),
  keys: {
    role: {
      kind: "role",
      locate: ({ RoleName }) => RoleName,
      action: "iam:UntagRole",
      crossAccount: false,
      conditions: ({ TagKeys }) => ({ "aws:TagKeys": TagKeys }),
    },
  },
  audit: { request: ["RoleName", "TagKeys"] },
  handle: ({ input, keys: { role } }) => ({
    output: undefined,
    change: untagEntity(role, input.TagKeys),
  }),
});
