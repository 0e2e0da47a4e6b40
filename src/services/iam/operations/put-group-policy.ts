import { required, structure } from "../../../shape/shape.ts";
import { putInlinePolicy } from "../inline-policies.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Gives a group an inline policy, or replaces the one of that name. */
export const putGroupPolicy = defineOperation({
  name: "PutGroupPolicy",
  readOnly: false,
  input: structure({
    GroupName: required(member.groupName),
    PolicyName: required(member.policyName),
    PolicyDocument: required(member.policyDocument),
  }),
  keys: {
    group: {
      kind: "group",
      locate: ({ GroupName }) => GroupName,
      action: "iam:PutGroupPolicy",
      crossAccount: false,
    },
  },
  audit: { request: ["GroupName", "PolicyName", "PolicyDocument"] },
  handle: ({ input, keys: { group } }) => ({
    output: undefined,
    change: putInlinePolicy(group, input),
  }),
});
