import { required, structure } from "../../../shape/shape.ts";
import { deleteInlinePolicy } from "../inline-policies.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Takes an inline policy away from a group. */
export const deleteGroupPolicy = defineOperation({
  name: "DeleteGroupPolicy",
  readOnly: false,
  input: structure({
    GroupName: required(member.groupName),
    PolicyName: required(member.policyName),
  }),
  keys: {
    group: {
      kind: "group",
      locate: ({ GroupName }) => GroupName,
      action: "iam:DeleteGroupPolicy",
      crossAccount: false,
    },
  },
  audit: { request: ["GroupName", "PolicyName"] },
  handle: ({ input, keys: { group } }) => ({
    output: undefined,
    change: deleteInlinePolicy(group, input.PolicyName),
  }),
});
