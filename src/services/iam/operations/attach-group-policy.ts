import { required, structure } from "../../../shape/shape.ts";
import { attachPolicy } from "../attachments.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Attaches a managed policy to a group. */
export const attachGroupPolicy = defineOperation({
  name: "AttachGroupPolicy",
  readOnly: false,
  input: structure({ GroupName: required(member.groupName), PolicyArn: required(member.arn) }),
  keys: {
    group: {
      kind: "group",
      locate: ({ GroupName }) => GroupName,
      action: "iam:AttachGroupPolicy",
      crossAccount: false,
      conditions: ({ PolicyArn }) => ({ "iam:PolicyARN": PolicyArn }),
    },
  },
  audit: { request: ["GroupName", "PolicyArn"] },
  handle: ({ input, keys: { group }, tools }) => attachPolicy(group, input.PolicyArn, tools),
});
