import { AwsError } from "../../base/errors.ts";
import type { KeyState, KmsKey } from "./model/key.ts";
import { isReplica } from "./model/key.ts";
import { requirePrimary } from "./relatives.ts";
import { isSymmetric, unsupportedOrigin } from "./usage.ts";

/** Which keys rotate (facts 8.1). A key's state counts first, so that none tells of its kind while it is out of use. */

/** The states in which a key may be told to rotate by itself; what never rotates says so in others, too (facts 4.2). */
export const automaticRotationStates: readonly KeyState[] = [
  "Enabled",
  "PendingImport",
  "Unavailable",
];

/** Refuses keys that never rotate by themselves. */
export function requireAutomaticRotation(key: KmsKey): void {
  if (key.origin !== "AWS_KMS") throw unsupportedOrigin(key);
  requireRotatingSpec(key);
  if (isReplica(key)) requirePrimary(key);
}

/** Refuses keys that cannot be rotated on demand. */
export function requireRotationOnDemand(key: KmsKey): void {
  requireRotationHistory(key);
  if (isReplica(key)) requirePrimary(key);
}

/** Refuses keys that have no rotations to tell of: their material is theirs for life, or not ours. */
export function requireRotationHistory(key: KmsKey): void {
  requireRotatingSpec(key);
  requireOwnMaterial(key);
}

/** Refuses keys whose material is not ours. */
export function requireOwnMaterial(key: KmsKey): void {
  if (key.customStore !== undefined) throw unsupportedOrigin(key);
}

/** AWS refuses key pairs and HMAC keys without a text. */
function requireRotatingSpec(key: KmsKey): void {
  if (!isSymmetric(key)) throw new AwsError("UnsupportedOperationException");
}
