import { required, structure } from "../../../shape/shape.ts";
import { detachPolicy } from "../attachments.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Detaches a managed policy from a group. */
export const detachGroupPolicy = defineOperation({
  name: "DetachGroupPolicy",
  readOnly: false,
  input: structure({ GroupName: required(member.groupName), PolicyArn: required(member.arn) }),
  keys: {
    group: {
      kind: "group",
      locate: ({ GroupName }) => GroupName,
      action: "iam:DetachGroupPolicy",
      crossAccount: false,
      conditions: ({ PolicyArn }) => ({ "iam:PolicyARN": PolicyArn }),
    },
  },
  audit: { request: ["GroupName", "PolicyArn"] },
  handle: ({ input, keys: { group } }) => ({
    output: undefined,
    change: detachPolicy(group, input.PolicyArn),
  }),
});
