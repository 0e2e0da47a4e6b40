import { required, structure } from "../../../shape/shape.ts";
import { putInlinePolicy } from "../inline-policies.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Gives a user an inline policy, or replaces the one of that name. */
export const putUserPolicy = defineOperation({
  name: "PutUserPolicy",
  readOnly: false,
  input: structure({
    UserName: required(member.existingUserName),
    PolicyName: required(member.policyName),
    PolicyDocument: required(member.policyDocument),
  }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:PutUserPolicy",
      crossAccount: false,
      asksForBoundary: true,
    },
  },
  audit: { request: ["UserName", "PolicyName", "PolicyDocument"] },
  handle: ({ input, keys: { user } }) => ({
    output: undefined,
    change: putInlinePolicy(user, input),
  }),
});
