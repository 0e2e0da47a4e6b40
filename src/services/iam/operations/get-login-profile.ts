import { required, structure } from "../../../shape/shape.ts";
import { loginAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { noSuchLogin } from "../model/refusals.ts";
import { defineOperation, found } from "../operation.ts";

/** Tells whether, and since when, a user has a password for the console; without a name, the caller. */
export const getLoginProfile = defineOperation({
  name: "GetLoginProfile",
  readOnly: true,
  input: structure({ UserName: member.userName }),
  output: structure({ LoginProfile: required(member.loginProfile) }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:GetLoginProfile",
      crossAccount: false,
    },
  },
  audit: { request: ["UserName"] },

  handle({ keys: { user: thing } }) {
    const user = found(thing);
    if (user.login === undefined) throw noSuchLogin(user.name);
    return { output: { LoginProfile: loginAnswer(user, user.login) } };
  },
});
