import { auditAnswer } from "../../../audit/record-members.ts";
import { AwsError } from "../../../base/errors.ts";
import { boolean, required, sensitive, structure } from "../../../shape/shape.ts";
import { loginAnswer } from "../model/answers.ts";
import type { LoginProfile } from "../model/identity.ts";
import * as member from "../model/members.ts";
import { defineOperation, found } from "../operation.ts";
import { newPassword } from "../passwords.ts";
import { readAccount } from "../reading.ts";
import { replaceEntity } from "../tables/changes.ts";

/** Gives a user a password for the console; without a name, the caller. */
export const createLoginProfile = defineOperation({
  name: "CreateLoginProfile",
  readOnly: false,
  input: structure({
    UserName: member.userName,
    Password: required(sensitive(member.password)),
    PasswordResetRequired: boolean,
  }),
  output: structure({ LoginProfile: required(member.loginProfile) }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:CreateLoginProfile",
      crossAccount: false,
    },
  },
  audit: {
    request: ["UserName", "PasswordResetRequired"],
    response: ({ output }) => ({
      loginProfile: auditAnswer(member.loginProfile, output.LoginProfile),
    }),
  },

  async handle({ input, context, keys: { user: thing }, tools }) {
    const { domain } = thing;
    const user = found(thing);
    if (user.login !== undefined)
      throw new AwsError(
        "EntityAlreadyExistsException",
        `Login Profile for user ${user.name} already exists.`,
      );
    const { account, relied } = await readAccount(user.account, tools);
    const login: LoginProfile = {
      ...(await newPassword(user, input.Password, account, domain)),
      createdAt: context.time,
      changedAt: context.time,
      resetRequired: input.PasswordResetRequired ?? false,
    };
    return {
      output: { LoginProfile: loginAnswer(user, login) },
      change: replaceEntity("user", user, { ...user, login }, domain),
      relied,
    };
  },
});
