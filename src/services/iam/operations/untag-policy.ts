import { required, structure } from "../../../shape/shape.ts";
import { untagEntity } from "../entity-tags.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Takes tags away from a managed policy. */
export const untagPolicy = defineOperation({
  name: "UntagPolicy",
  readOnly: false,
  input: structure({ PolicyArn: required(member.arn), TagKeys: required(member.tagKeys) }),
  keys: {
    policy: {
      kind: "policy",
      locate: ({ PolicyArn }) => PolicyArn,
      action: "iam:UntagPolicy",
      crossAccount: false,
      conditions: ({ TagKeys }) => ({ "aws:TagKeys": TagKeys }),
    },
  },
  audit: { request: ["PolicyArn", "TagKeys"] },
  handle: ({ input, keys: { policy } }) => ({
    output: undefined,
    change: untagEntity(policy, input.TagKeys),
  }),
});
