import { oneOf, required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { noSuchAccessKey } from "../model/refusals.ts";
import { defineOperation, found } from "../operation.ts";
import { replaceEntity } from "../tables/changes.ts";

/** Activates or deactivates an access key. */
export const updateAccessKey = defineOperation({
  name: "UpdateAccessKey",
  readOnly: false,
  input: structure({
    UserName: member.existingUserName,
    AccessKeyId: required(member.accessKeyId),
    Status: required(oneOf("Active", "Inactive")),
  }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:UpdateAccessKey",
      crossAccount: false,
    },
  },
  audit: { request: ["UserName", "AccessKeyId", "Status"] },

  handle({ input: { AccessKeyId, Status: status }, keys: { user: thing } }) {
    const user = found(thing);
    if (!user.accessKeys.some(({ id }) => id === AccessKeyId)) throw noSuchAccessKey(AccessKeyId);
    const accessKeys = user.accessKeys.map((key) =>
      key.id === AccessKeyId ? { ...key, status } : key,
    );
    const change = replaceEntity("user", user, { ...user, accessKeys }, thing.domain);
    return { output: undefined, change };
  },
});
