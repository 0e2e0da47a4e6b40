import type { ServiceEvent } from "../../api/operation.ts";
import { day } from "../../base/clock.ts";
import type { Change, VersionRef } from "../../database/commit.ts";
import { joinChanges } from "../../database/commit.ts";
import type { KmsKey, Material } from "./model/key.ts";
import { currentMaterial } from "./model/key.ts";
import { firstMaterial } from "./model/material.ts";
import type { KmsTools } from "./operation.ts";
import { relativesOf } from "./relatives.ts";
import { replaceKey } from "./tables/keys.ts";

type RotationType = "AUTOMATIC" | "ON_DEMAND";

interface Rotation {
  readonly change: Change;
  /** Versions of the key's relatives, which rotate with it. */
  readonly relied: readonly VersionRef[];
  readonly events: readonly ServiceEvent[];
}

/**
 * New material for a key and all its relatives, in force from now; the old one stays for what it encrypted. The relatives
 * get the material wrapped anew under their own domain keys.
 */
export async function rotateKey(
  key: KmsKey,
  type: RotationType,
  now: Date,
  tools: KmsTools,
): Promise<Rotation> {
  const made = await tools.keyStore.generate(key.domain, key.keyId, key.spec);
  const generation = key.materials.length;
  const rotation = { type, date: now };
  const material: Material = { ...firstMaterial(made, now), generation, rotation };
  const relatives = await relativesOf(key, tools);
  const rotated = {
    ...withCurrent(key, material),
    ...(type === "AUTOMATIC" ? nextPeriod(key, now) : {}),
  };
  return {
    change: joinChanges([
      replaceKey(key, rotated),
      ...relatives.map((relative) => {
        const { wrapped } = tools.keyStore.rewrap(made, relative.domain);
        return replaceKey(relative, withCurrent(relative, { ...material, wrapped }));
      }),
    ]),
    relied: relatives.map(({ version }) => version),
    events: rotationEvents(key, made.materialId, type, relatives.length > 0),
  };
}

/** Takes an imported material that waits for it into force, in the key and in all its relatives. */
export async function rotateToPending(
  key: KmsKey,
  pending: Material,
  now: Date,
  tools: KmsTools,
): Promise<Rotation> {
  const relatives = await relativesOf(key, tools);
  const taken = (each: KmsKey): KmsKey => {
    const own = each.materials.find(({ materialId }) => materialId === pending.materialId);
    if (own === undefined) throw new TypeError(`${each.arn} lacks the material of the rotation`);
    const { pending: _pending, ...imported } = own.imported ?? {};
    const others = each.materials.filter((other) => other !== own);
    const rotation = { type: "ON_DEMAND", date: now } as const;
    return withCurrent({ ...each, materials: others }, { ...own, imported, rotation });
  };
  return {
    change: joinChanges([key, ...relatives].map((each) => replaceKey(each, taken(each)))),
    relied: relatives.map(({ version }) => version),
    events: rotationEvents(key, pending.materialId, "ON_DEMAND", relatives.length > 0),
  };
}

function withCurrent(key: KmsKey, material: Material): KmsKey {
  return {
    ...key,
    currentMaterialId: material.materialId,
    materials: [...key.materials, material],
  };
}

function rotationEvents(
  key: KmsKey,
  currentKeyMaterialId: string,
  rotationType: RotationType,
  reachesRelatives: boolean,
): readonly ServiceEvent[] {
  const details = {
    rotationType,
    keyOrigin: key.origin,
    previousKeyMaterialId: currentMaterial(key).materialId,
    currentKeyMaterialId,
    keyId: key.keyId,
  };
  const rotated = { name: "RotateKey", thing: key, details };
  return reachesRelatives
    ? [rotated, { name: "SynchronizeMultiRegionKey", thing: key }]
    : [rotated];
}

/** On-demand rotation leaves the schedule alone; automatic rotation moves it on. */
function nextPeriod({ rotation }: KmsKey, now: Date): Pick<KmsKey, "rotation"> {
  if (rotation === undefined) return {};
  const { periodInDays } = rotation;
  return { rotation: { periodInDays, nextDate: new Date(now.getTime() + periodInDays * day) } };
}
