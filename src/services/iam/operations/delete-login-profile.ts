import { structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { noSuchLogin } from "../model/refusals.ts";
import { defineOperation, found } from "../operation.ts";
import { replaceEntity } from "../tables/changes.ts";

/** Takes the password for the console from a user; without a name, from the caller. */
export const deleteLoginProfile = defineOperation({
  name: "DeleteLoginProfile",
  readOnly: false,
  input: structure({ UserName: member.userName }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:DeleteLoginProfile",
      crossAccount: false,
    },
  },
  audit: { request: ["UserName"] },

  handle({ keys: { user: thing } }) {
    const user = found(thing);
    const { login, ...next } = user;
    if (login === undefined) throw noSuchLogin(user.name);
    return { output: undefined, change: replaceEntity("user", user, next, thing.domain) };
  },
});
