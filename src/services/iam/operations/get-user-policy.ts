import { required, string, structure } from "../../../shape/shape.ts";
import { inlinePolicy } from "../inline-policies.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Returns an inline policy of a user. */
export const getUserPolicy = defineOperation({
  name: "GetUserPolicy",
  readOnly: true,
  input: structure({
    UserName: required(member.existingUserName),
    PolicyName: required(member.policyName),
  }),
  output: structure({
    UserName: required(string()),
    PolicyName: required(string()),
    PolicyDocument: required(string()),
  }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:GetUserPolicy",
      crossAccount: false,
    },
  },
  audit: { request: ["UserName", "PolicyName"] },
  handle: ({ input, keys: { user } }) => ({
    output: { UserName: input.UserName, ...inlinePolicy(user, input.PolicyName) },
  }),
});
