import { required, structure } from "../../../shape/shape.ts";
import { detachPolicy } from "../attachments.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Detaches a managed policy from a user. */
export const detachUserPolicy = defineOperation({
  name: "DetachUserPolicy",
  readOnly: false,
  input: structure({ UserName: required(member.userName), PolicyArn: required(member.arn) }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:DetachUserPolicy",
      crossAccount: false,
      asksForBoundary: true,
      conditions: ({ PolicyArn }) => ({ "iam:PolicyARN": PolicyArn }),
    },
  },
  audit: { request: ["UserName", "PolicyArn"] },
  handle: ({ input, keys: { user } }) => ({
    output: undefined,
    change: detachPolicy(user, input.PolicyArn),
  }),
});
