import { required, structure } from "../../../shape/shape.ts";
import { deleteBoundary } from "../attachments.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Takes the permissions boundary of a user away. */
export const deleteUserPermissionsBoundary = defineOperation({
  name: "DeleteUserPermissionsBoundary",
  readOnly: false,
  input: structure({ UserName: required(member.userName) }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:DeleteUserPermissionsBoundary",
      crossAccount: false,
      asksForBoundary: true,
    },
  },
  audit: { request: ["UserName"] },
  handle: ({ keys: { user } }) => ({ output: undefined, change: deleteBoundary(user) }),
});
