import { tagConditions } from "../../../api/request-tags.ts";
import { required, structure } from "../../../shape/shape.ts";
import { tagEntity } from "../entity-tags.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Sets tags of a role. */
export const tagRole = defineOperation({
  name: "TagRole",
  readOnly: false,
  input: structure({ RoleName: required(member.roleName), Tags: required(member.tags) }),
  keys: {
    role: {
      kind: "role",
      locate: ({ RoleName }) => RoleName,
      action: "iam:TagRole",
      crossAccount: false,
      conditions: ({ Tags }) => tagConditions(Tags),
    },
  },
  audit: { request: ["RoleName", "Tags"] },
  handle: ({ input, keys: { role } }) => ({
    output: undefined,
    change: tagEntity(role, input.Tags),
  }),
});
