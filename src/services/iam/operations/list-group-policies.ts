import { list, required, string, structure } from "../../../shape/shape.ts";
import { inlinePolicyNames } from "../inline-policies.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Lists the names of the inline policies of a group. */
export const listGroupPolicies = defineOperation({
  name: "ListGroupPolicies",
  readOnly: true,
  input: structure({
    GroupName: required(member.groupName),
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ PolicyNames: required(list(string())), ...member.page }),
  keys: {
    group: {
      kind: "group",
      locate: ({ GroupName }) => GroupName,
      action: "iam:ListGroupPolicies",
      crossAccount: false,
    },
  },
  audit: { request: ["GroupName", "Marker", "MaxItems"] },
  handle: ({ input, keys: { group } }) => ({ output: inlinePolicyNames(group, input) }),
});
