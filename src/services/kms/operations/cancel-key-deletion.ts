import { required, string, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { replaceKey } from "../tables/keys.ts";

/** Ends the waiting period of a KMS key before it is destroyed; the key is disabled then. */
export const cancelKeyDeletion = defineOperation({
  name: "CancelKeyDeletion",
  readOnly: false,
  input: structure({ KeyId: required(member.keyIdentifier) }),
  output: structure({ KeyId: required(string()) }),
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:CancelKeyDeletion",
      states: ["PendingDeletion", "PendingReplicaDeletion"],
      crossAccount: false,
    },
  },
  audit: { request: ["KeyId"], response: ({ output }) => ({ keyId: output.KeyId }) },

  handle({ keys: { key } }) {
    const { deletionDate: _date, pendingWindowInDays: _window, ...kept } = key;
    return { output: { KeyId: key.arn }, change: replaceKey(key, { ...kept, state: "Disabled" }) };
  },
});
