import { noChange } from "../../../database/commit.ts";
import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { replaceKey } from "../tables/keys.ts";

/** Allows cryptographic use of a KMS key again; an enabled key stays as it is. */
export const enableKey = defineOperation({
  name: "EnableKey",
  readOnly: false,
  input: structure({ KeyId: required(member.keyIdentifier) }),
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:EnableKey",
      states: ["Enabled", "Disabled", "Unavailable"],
      crossAccount: false,
    },
  },
  audit: { request: ["KeyId"], response: ({ keys: { key } }) => ({ keyId: key.arn }) },
  handle: ({ keys: { key } }) => ({
    output: undefined,
    change: key.state === "Enabled" ? noChange : replaceKey(key, { ...key, state: "Enabled" }),
  }),
});
