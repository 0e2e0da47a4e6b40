import { noChange } from "../../../database/commit.ts";
import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { replaceKey } from "../tables/keys.ts";

/** Refuses cryptographic use of a KMS key until it is enabled again; a disabled key stays as it is. */
export const disableKey = defineOperation({
  name: "DisableKey",
  readOnly: false,
  input: structure({ KeyId: required(member.keyIdentifier) }),
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:DisableKey",
      states: ["Enabled", "Disabled", "Unavailable"],
      crossAccount: false,
      asksForUsage: true,
    },
  },
  audit: { request: ["KeyId"], response: ({ keys: { key } }) => ({ keyId: key.arn }) },
  handle: ({ keys: { key } }) => ({
    output: undefined,
    change: key.state === "Disabled" ? noChange : replaceKey(key, { ...key, state: "Disabled" }),
  }),
});
