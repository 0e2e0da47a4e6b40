import { required, structure } from "../../../shape/shape.ts";
import { attachedPolicies, listAttached } from "../attachments.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Lists the managed policies that are attached to a group. */
export const listAttachedGroupPolicies = defineOperation({
  name: "ListAttachedGroupPolicies",
  readOnly: true,
  input: structure({
    GroupName: required(member.groupName),
    PathPrefix: member.policyPath,
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ AttachedPolicies: attachedPolicies, ...member.page }),
  keys: {
    group: {
      kind: "group",
      locate: ({ GroupName }) => GroupName,
      action: "iam:ListAttachedGroupPolicies",
      crossAccount: false,
    },
  },
  audit: { request: ["GroupName", "PathPrefix", "Marker", "MaxItems"] },
  handle: ({ input, keys: { group } }) => ({ output: listAttached(group, input) }),
});
