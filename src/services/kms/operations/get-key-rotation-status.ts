import { boolean, integer, required, string, structure, timestamp } from "../../../shape/shape.ts";
import type { KmsKey } from "../model/key.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { primaryOf } from "../relatives.ts";
import { requireOwnMaterial } from "../rotation-support.ts";
import { stateOf } from "../states.ts";
import { unsupportedOrigin } from "../usage.ts";

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

  async handle({ keys: { key }, context, tools }) {
    requireOwnMaterial(key);
    if (stateOf(key, context.time) === "PendingImport") throw unsupportedOrigin(key);
    const primary = await primaryOf(key, tools);
    const rotation = isPendingDeletion(key) ? undefined : primary.rotation;
    return { output: { KeyId: key.keyId, ...statusOf(rotation) }, relied: [primary.version] };
  },
});

/** A key that is pending deletion does not rotate; its setting comes back when the deletion is cancelled. */
function isPendingDeletion({ state }: KmsKey): boolean {
  return state === "PendingDeletion" || state === "PendingReplicaDeletion";
}

function statusOf(rotation: KmsKey["rotation"]) {
  if (rotation === undefined) return { KeyRotationEnabled: false };
  return {
    KeyRotationEnabled: true,
    RotationPeriodInDays: rotation.periodInDays,
    NextRotationDate: rotation.nextDate,
  };
}
