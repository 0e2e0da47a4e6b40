import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { newPlace } from "../moves.ts";
import { defineOperation, found } from "../operation.ts";
import { renameEntity, replaceEntity } from "../tables/changes.ts";

/** Gives a user another name, another path, or both; what it holds and may goes along. */
export const updateUser = defineOperation({
  name: "UpdateUser",
  readOnly: false,
  input: structure({
    UserName: required(member.existingUserName),
    NewPath: member.path,
    NewUserName: member.userName,
  }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:UpdateUser",
      crossAccount: false,
    },
    target: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:UpdateUser",
      crossAccount: false,
      movesTo: ({ NewUserName: name, NewPath: path }) => ({ name, path }),
    },
  },
  audit: { request: ["UserName", "NewPath", "NewUserName"] },

  async handle({ input: { NewUserName, NewPath }, keys: { user: thing }, tools }) {
    const user = found(thing);
    const next = { ...user, ...(await newPlace("user", user, NewUserName, NewPath, tools)) };
    const change =
      next.name === user.name
        ? replaceEntity("user", user, next, thing.domain)
        : renameEntity("user", user, { ...next, version: tools.ids.version() }, thing.domain);
    return { output: undefined, change };
  },
});
