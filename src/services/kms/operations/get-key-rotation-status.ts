import { boolean, integer, required, string, structure, timestamp } from "../../../shape/shape.ts";
import type { KmsKey } from "../model/key.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Tells whether a KMS key rotates by itself, how often, and when next. */
export const getKeyRotationStatus = defineOperation({
  name: "GetKeyRotationStatus",
  readOnly: true,
  input: structure({ KeyId: required(member.keyIdentifier) }),
  output: structure({
    KeyRotationEnabled: required(boolean),
    KeyId: required(string()),
    RotationPeriodInDays: integer(),
    NextRotationDate: timestamp,
  }),
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:GetKeyRotationStatus",
      states: "any",
      crossAccount: true,
    },
  },
  audit: { request: ["KeyId"] },
  handle: ({ keys: { key } }) => ({ output: { KeyId: key.keyId, ...statusOf(key) } }),
});

/** A key that is pending deletion does not rotate; its setting comes back when the deletion is cancelled. */
function statusOf({ rotation, state }: KmsKey) {
  if (rotation === undefined || state === "PendingDeletion") return { KeyRotationEnabled: false };
  return {
    KeyRotationEnabled: true,
    RotationPeriodInDays: rotation.periodInDays,
    NextRotationDate: rotation.nextDate,
  };
}
