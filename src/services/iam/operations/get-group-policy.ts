import { required, string, structure } from "../../../shape/shape.ts";
import { inlinePolicy } from "../inline-policies.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Returns an inline policy of a group. */
export const getGroupPolicy = defineOperation({
  name: "GetGroupPolicy",
  readOnly: true,
  input: structure({
    GroupName: required(member.groupName),
    PolicyName: required(member.policyName),
  }),
  output: structure({
    GroupName: required(string()),
    PolicyName: required(string()),
    PolicyDocument: required(string()),
  }),
  keys: {
    group: {
      kind: "group",
      locate: ({ GroupName }) => GroupName,
      action: "iam:GetGroupPolicy",
      crossAccount: false,
    },
  },
  audit: { request: ["GroupName", "PolicyName"] },
  handle: ({ input, keys: { group } }) => ({
    output: { GroupName: input.GroupName, ...inlinePolicy(group, input.PolicyName) },
  }),
});
