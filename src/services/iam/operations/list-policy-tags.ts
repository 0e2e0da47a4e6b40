import { required, structure } from "../../../shape/shape.ts";
import { entityTags } from "../entity-tags.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Lists the tags of a managed policy. */
export const listPolicyTags = defineOperation({
  name: "ListPolicyTags",
  readOnly: true,
  input: structure({
    PolicyArn: required(member.arn),
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ Tags: required(member.tags), ...member.page }),
  keys: {
    policy: {
      kind: "policy",
      locate: ({ PolicyArn }) => PolicyArn,
      action: "iam:ListPolicyTags",
      crossAccount: false,
    },
  },
  audit: { request: ["PolicyArn", "Marker", "MaxItems"] },
  handle: ({ input, keys: { policy } }) => ({ output: entityTags(policy, input) }),
});
