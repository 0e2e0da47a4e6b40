import { required, structure } from "../../../shape/shape.ts";
import { deleteInlinePolicy } from "../inline-policies.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Takes an inline policy away from a user. */
export const deleteUserPolicy = defineOperation({
  name: "DeleteUserPolicy",
  readOnly: false,
  input: structure({
    UserName: required(member.existingUserName),
    PolicyName: required(member.policyName),
  }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:DeleteUserPolicy",
      crossAccount: false,
      asksForBoundary: true,
    },
  },
  audit: { request: ["UserName", "PolicyName"] },
  handle: ({ input, keys: { user } }) => ({
    output: undefined,
    change: deleteInlinePolicy(user, input.PolicyName),
  }),
});
