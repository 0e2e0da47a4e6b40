import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { withoutGrant } from "../retire.ts";

/** Takes a grant away; the permissions end at once. */
export const revokeGrant = defineOperation({
  name: "RevokeGrant",
  readOnly: false,
  input: structure({
    KeyId: required(member.keyIdentifier),
    GrantId: required(member.grantId),
    DryRun: member.dryRun,
  }),
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:RevokeGrant",
      states: "any",
      crossAccount: true,
    },
  },
  audit: { request: ["KeyId", "GrantId"], response: ({ keys: { key } }) => ({ keyId: key.arn }) },
  handle: ({ input, keys: { key } }) => ({
    output: undefined,
    change: withoutGrant(key, input.GrantId),
  }),
});
