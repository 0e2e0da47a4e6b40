import { AwsError } from "../../../base/errors.ts";
import { required, sensitive, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { noSuchLogin } from "../model/refusals.ts";
import { defineOperation, found } from "../operation.ts";
import { isPasswordOf, newPassword } from "../passwords.ts";
import { readAccount } from "../reading.ts";
import { replaceEntity } from "../tables/changes.ts";

/** Changes the password of the user who calls. */
export const changePassword = defineOperation({
  name: "ChangePassword",
  readOnly: false,
  input: structure({
    OldPassword: required(sensitive(member.password)),
    NewPassword: required(sensitive(member.password)),
  }),
  keys: {
    user: {
      kind: "user",
      locate: () => undefined,
      action: "iam:ChangePassword",
      crossAccount: false,
    },
  },
  audit: { request: [] },

  async handle({ input: { OldPassword, NewPassword }, context, keys: { user: thing }, tools }) {
    const { domain } = thing;
    const user = found(thing);
    if (user.name === "")
      throw new AwsError(
        "InvalidUserTypeException",
        "Only IAM Users can change their own password.",
      );
    if (user.login === undefined) throw noSuchLogin(user.name);
    if (!(await isPasswordOf(user, OldPassword, user.login, domain)))
      throw new AwsError("AccessDeniedException", "The old password was incorrect.");
    const { account, relied } = await readAccount(user.account, tools);
    const login = {
      ...user.login,
      ...(await newPassword(user, NewPassword, account, domain)),
      changedAt: context.time,
      resetRequired: false,
    };
    const change = replaceEntity("user", user, { ...user, login }, domain);
    return { output: undefined, change, relied };
  },
});
