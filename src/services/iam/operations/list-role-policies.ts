import { list, required, string, structure } from "../../../shape/shape.ts";
import { inlinePolicyNames } from "../inline-policies.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Lists the names of the inline policies of a role. */
export const listRolePolicies = defineOperation({
  name: "ListRolePolicies",
  readOnly: true,
  input: structure({
    RoleName: required(member.roleName),
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ PolicyNames: required(list(string())), ...member.page }),
  keys: {
    role: {
      kind: "role",
      locate: ({ RoleName }) => RoleName,
      action: "iam:ListRolePolicies",
      crossAccount: false,
    },
  },
  audit: { request: ["RoleName", "Marker", "MaxItems"] },
  handle: ({ input, keys: { role } }) => ({ output: inlinePolicyNames(role, input) }),
});
