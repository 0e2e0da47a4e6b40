import { joinChanges } from "../../../database/commit.ts";
import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { noSuchAccessKey } from "../model/refusals.ts";
import { defineOperation, found } from "../operation.ts";
import { eraseAccessKeyUse } from "../tables/access-key-uses.ts";
import { replaceEntity } from "../tables/changes.ts";

/** Deletes an access key of a user; without a name, of the caller. */
export const deleteAccessKey = defineOperation({
  name: "DeleteAccessKey",
  readOnly: false,
  input: structure({
    UserName: member.existingUserName,
    AccessKeyId: required(member.accessKeyId),
  }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:DeleteAccessKey",
      crossAccount: false,
    },
  },
  audit: { request: ["UserName", "AccessKeyId"] },

  handle({ input: { AccessKeyId }, keys: { user: thing } }) {
    const user = found(thing);
    const accessKeys = user.accessKeys.filter(({ id }) => id !== AccessKeyId);
    if (accessKeys.length === user.accessKeys.length) throw noSuchAccessKey(AccessKeyId);
    const change = joinChanges([
      replaceEntity("user", user, { ...user, accessKeys }, thing.domain),
      eraseAccessKeyUse(AccessKeyId),
    ]);
    return { output: undefined, change };
  },
});
