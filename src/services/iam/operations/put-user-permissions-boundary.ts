import { required, structure } from "../../../shape/shape.ts";
import { putBoundary } from "../attachments.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Bounds what the policies of a user may allow by a managed policy. */
export const putUserPermissionsBoundary = defineOperation({
  name: "PutUserPermissionsBoundary",
  readOnly: false,
  input: structure({
    UserName: required(member.userName),
    PermissionsBoundary: required(member.arn),
  }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:PutUserPermissionsBoundary",
      crossAccount: false,
      conditions: ({ PermissionsBoundary }) => ({ "iam:PermissionsBoundary": PermissionsBoundary }),
    },
  },
  audit: { request: ["UserName", "PermissionsBoundary"] },
  handle: ({ input, keys: { user }, tools }) => putBoundary(user, input.PermissionsBoundary, tools),
});
