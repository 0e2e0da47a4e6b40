import { required, structure } from "../../../shape/shape.ts";
import { attachPolicy } from "../attachments.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Attaches a managed policy to a role. */
export const attachRolePolicy = defineOperation({
  name: "AttachRolePolicy",
  readOnly: false,
  input: structure({ RoleName: required(member.roleName), PolicyArn: required(member.arn) }),
  keys: {
    role: {
      kind: "role",
      locate: ({ RoleName }) => RoleName,
      action: "iam:AttachRolePolicy",
      crossAccount: false,
      asksForBoundary: true,
      conditions: ({ PolicyArn }) => ({ "iam:PolicyARN": PolicyArn }),
    },
  },
  audit: { request: ["RoleName", "PolicyArn"] },
  handle: ({ input, keys: { role }, tools }) => attachPolicy(role, input.PolicyArn, tools),
});
