import { boolean, required, sensitive, structure } from "../../../shape/shape.ts";
import type { LoginProfile } from "../model/identity.ts";
import * as member from "../model/members.ts";
import { noSuchLogin } from "../model/refusals.ts";
import { defineOperation, found } from "../operation.ts";
import { newPassword } from "../passwords.ts";
import { readAccount } from "../reading.ts";
import { replaceEntity } from "../tables/changes.ts";

/** Sets the password of a user, or whether it must be changed at the next sign-in. */
export const updateLoginProfile = defineOperation({
  name: "UpdateLoginProfile",
  readOnly: false,
  input: structure({
    UserName: required(member.userName),
    Password: sensitive(member.password),
    PasswordResetRequired: boolean,
  }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:UpdateLoginProfile",
      crossAccount: false,
    },
  },
  audit: { request: ["UserName", "PasswordResetRequired"] },

  async handle({ input: { Password, PasswordResetRequired }, context, keys, tools }) {
    const { domain } = keys.user;
    const user = found(keys.user);
    if (user.login === undefined) throw noSuchLogin(user.name);
    const { account, relied } = await readAccount(user.account, tools);
    const login: LoginProfile = {
      ...user.login,
      ...(Password === undefined
        ? {}
        : {
            ...(await newPassword(user, Password, account, domain)),
            changedAt: context.time,
          }),
      resetRequired: PasswordResetRequired ?? user.login.resetRequired,
    };
    const change = replaceEntity("user", user, { ...user, login }, domain);
    return { output: undefined, change, relied };
  },
});
