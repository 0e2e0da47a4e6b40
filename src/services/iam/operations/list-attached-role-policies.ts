import { required, structure } from "../../../shape/shape.ts";
import { attachedPolicies, listAttached } from "../attachments.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Lists the managed policies that are attached to a role. */
export const listAttachedRolePolicies = defineOperation({
  name: "ListAttachedRolePolicies",
  readOnly: true,
  input: structure({
    RoleName: required(member.roleName),
    PathPrefix: member.policyPath,
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ AttachedPolicies: attachedPolicies, ...member.page }),
  keys: {
    role: {
      kind: "role",
      locate: ({ RoleName }) => RoleName,
      action: "iam:ListAttachedRolePolicies",
      crossAccount: false,
    },
  },
  audit: { request: ["RoleName", "PathPrefix", "Marker", "MaxItems"] },
  handle: ({ input, keys: { role } }) => ({ output: listAttached(role, input) }),
});
