import { list, required, string, structure } from "../../../shape/shape.ts";
import { inlinePolicyNames } from "../inline-policies.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Lists the names of the inline policies of a user. */
export const listUserPolicies = defineOperation({
  name: "ListUserPolicies",
  readOnly: true,
  input: structure({
    UserName: required(member.existingUserName),
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ PolicyNames: required(list(string())), ...member.page }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:ListUserPolicies",
      crossAccount: false,
    },
  },
  audit: { request: ["UserName", "Marker", "MaxItems"] },
  handle: ({ input, keys: { user } }) => ({ output: inlinePolicyNames(user, input) }),
});
