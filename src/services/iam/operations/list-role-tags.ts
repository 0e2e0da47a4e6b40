import { required, structure } from "../../../shape/shape.ts";
import { entityTags } from "../entity-tags.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Lists the tags of a role. */
export const listRoleTags = defineOperation({
  name: "ListRoleTags",
  readOnly: true,
  input: structure({
    RoleName: required(member.roleName),
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ Tags: required(member.tags), ...member.page }),
  keys: {
    role: {
      kind: "role",
      locate: ({ RoleName }) => RoleName,
      action: "iam:ListRoleTags",
      crossAccount: false,
    },
  },
  audit: { request: ["RoleName", "Marker", "MaxItems"] },
  handle: ({ input, keys: { role } }) => ({ output: entityTags(role, input) }),
});
