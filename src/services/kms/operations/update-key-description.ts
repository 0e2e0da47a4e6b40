import { required, structure } from "../../../shape/shape.ts";
import { notPendingDeletion } from "../model/key.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { replaceKey } from "../tables/keys.ts";

/** Replaces the description of a KMS key. */
export const updateKeyDescription = defineOperation({
  name: "UpdateKeyDescription",
  readOnly: false,
  input: structure({
    KeyId: required(member.keyIdentifier),
    Description: required(member.description),
  }),
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:UpdateKeyDescription",
      states: notPendingDeletion,
      crossAccount: false,
    },
  },
  audit: {
    request: ["KeyId", "Description"],
    response: ({ keys: { key } }) => ({ keyId: key.arn }),
  },
  handle: ({ input, keys: { key } }) => ({
    output: undefined,
    change: replaceKey(key, { ...key, description: input.Description }),
  }),
});
