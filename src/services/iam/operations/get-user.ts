import { required, structure } from "../../../shape/shape.ts";
import { userAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { defineOperation, found } from "../operation.ts";

/** Describes a user; without a name, the caller. */
export const getUser = defineOperation({
  name: "GetUser",
  readOnly: true,
  input: structure({ UserName: member.existingUserName }),
  output: structure({ User: required(member.user) }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:GetUser",
      crossAccount: false,
    },
  },
  audit: { request: ["UserName"] },
  handle: ({ keys: { user } }) => ({ output: { User: userAnswer(found(user)) } }),
});
