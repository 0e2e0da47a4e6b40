import { required, structure } from "../../../shape/shape.ts";
import { attachedPolicies, listAttached } from "../attachments.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Lists the managed policies that are attached to a user. */
export const listAttachedUserPolicies = defineOperation({
  name: "ListAttachedUserPolicies",
  readOnly: true,
  input: structure({
    UserName: required(member.userName),
    PathPrefix: member.policyPath,
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ AttachedPolicies: attachedPolicies, ...member.page }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:ListAttachedUserPolicies",
      crossAccount: false,
    },
  },
  audit: { request: ["UserName", "PathPrefix", "Marker", "MaxItems"] },
  handle: ({ input, keys: { user } }) => ({ output: listAttached(user, input) }),
});
