import type { ServiceEvent } from "../../api/operation.ts";
import { day } from "../../base/clock.ts";
import type { Change } from "../../database/commit.ts";
import type { KeyStore } from "../../keystore/keystore.ts";
import type { KmsKey, Material } from "./model/key.ts";
import { replaceKey } from "./tables/keys.ts";

/** New material for a key, in force from now; the old one stays for what it encrypted. */
export function rotateKey(
  key: KmsKey,
  rotation: "AUTOMATIC" | "ON_DEMAND",
  now: Date,
  keyStore: KeyStore,
): { readonly change: Change; readonly event: ServiceEvent } {
  const { materialId, wrapped } = keyStore.generate(key.domain, key.keyId, key.spec);
  const material: Material = {
    materialId,
    generation: key.materials.length,
    createdAt: now,
    rotation,
    wrapped,
  };
  const next = {
    ...key,
    currentMaterialId: materialId,
    materials: [...key.materials, material],
    ...(rotation === "AUTOMATIC" ? nextPeriod(key, now) : {}),
  };
  const details = {
    rotationType: rotation,
    keyOrigin: key.origin,
    previousKeyMaterialId: key.currentMaterialId,
    currentKeyMaterialId: materialId,
    keyId: key.keyId,
  };
  return { change: replaceKey(key, next), event: { name: "RotateKey", thing: key, details } };
}

/** On-demand rotation leaves the schedule alone; automatic rotation moves it on. */
function nextPeriod({ rotation }: KmsKey, now: Date): Pick<KmsKey, "rotation"> {
  if (rotation === undefined) return {};
  const { periodInDays } = rotation;
  return { rotation: { periodInDays, nextDate: new Date(now.getTime() + periodInDays * day) } };
}
