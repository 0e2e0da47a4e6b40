import { tagConditions } from "../../../api/request-tags.ts";
import { required, structure } from "../../../shape/shape.ts";
import { tagEntity } from "../entity-tags.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Sets tags of a managed policy. */
export const tagPolicy = defineOperation({
  name: "TagPolicy",
  readOnly: false,
  input: structure({ PolicyArn: required(member.arn), Tags: required(member.tags) }),
  keys: {
    policy: {
      kind: "policy",
      locate: ({ PolicyArn }) => PolicyArn,
      action: "iam:TagPolicy",
      crossAccount: false,
      conditions: ({ Tags }) => tagConditions(Tags),
    },
  },
  audit: { request: ["PolicyArn", "Tags"] },
  handle: ({ input, keys: { policy } }) => ({
    output: undefined,
    change: tagEntity(policy, input.Tags),
  }),
});
