import { required, structure } from "../../../shape/shape.ts";
import { attachPolicy } from "../attachments.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Attaches a managed policy to a user. */
export const attachUserPolicy = defineOperation({
  name: "AttachUserPolicy",
  readOnly: false,
  input: structure({ UserName: required(member.userName), PolicyArn: required(member.arn) }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:AttachUserPolicy",
      crossAccount: false,
      asksForBoundary: true,
      conditions: ({ PolicyArn }) => ({ "iam:PolicyARN": PolicyArn }),
    },
  },
  audit: { request: ["UserName", "PolicyArn"] },
  handle: ({ input, keys: { user }, tools }) => attachPolicy(user, input.PolicyArn, tools),
});
