import type { ServiceEvent } from "../../api/operation.ts";
import type { Change, VersionRef } from "../../database/commit.ts";
import type { StoredMaterial } from "../../keystore/keystore.ts";
import {
  agreeOnPending,
  expiredMaterials,
  withBytes,
  withDescription,
  withEntry,
  withoutBytes,
} from "./model/imported.ts";
import type { Imported, KmsKey, Material } from "./model/key.ts";
import { isReplica } from "./model/key.ts";
import type { KmsTools } from "./operation.ts";
import { relativesOf } from "./relatives.ts";
import { replaceKeys } from "./tables/keys.ts";

/**
 * How imported material comes and goes. A key has its bytes and their end for itself; that there is such material, how it
 * is described and whether it waits for a rotation are the same for the key and all its relatives (facts 7.4, 9).
 */
interface FamilyChange {
  readonly change: Change;
  readonly relied: readonly VersionRef[];
  readonly events: readonly ServiceEvent[];
}

/** What the owner of material says of it. */
export type ImportTerms = Pick<Imported, "validTo" | "description">;

/**
 * Gives a key material that it has had before, or new material: its first is in force at once, any other waits for its
 * rotation. Without a description the last one stays.
 */
export function importMaterial(
  key: KmsKey,
  made: StoredMaterial,
  { validTo, description }: ImportTerms,
  now: Date,
  tools: KmsTools,
): Promise<FamilyChange> {
  return changeFamily(key, tools, (member) => {
    const shared = withDescription(withEntry(member, made, now), made.materialId, description);
    return member === key ? withBytes(shared, made, validTo) : shared;
  });
}

/** Takes the bytes of materials away from a key; whatever waits for its rotation is forgotten where nobody has it any more. */
export function removeMaterials(
  key: KmsKey,
  gone: readonly Material[],
  tools: KmsTools,
): Promise<FamilyChange> {
  return changeFamily(key, tools, (member) =>
    member === key ? gone.reduce((left, each) => withoutBytes(left, each), key) : member,
  );
}

/** Takes the bytes of materials that have expired away from a key. */
export async function expireMaterials(
  key: KmsKey,
  now: Date,
  tools: KmsTools,
): Promise<FamilyChange> {
  const gone = expiredMaterials(key, now);
  const { events, ...rest } = await removeMaterials(key, gone, tools);
  const deletions = gone.map(({ materialId }) => ({
    name: "DeleteExpiredKeyMaterial",
    thing: key,
    details: { keyId: key.keyId, keyMaterialId: materialId },
  }));
  return { ...rest, events: [...deletions, ...events] };
}

async function changeFamily(
  key: KmsKey,
  tools: KmsTools,
  next: (member: KmsKey) => KmsKey,
): Promise<FamilyChange> {
  const relatives = await relativesOf(key, tools);
  const before = [key, ...relatives];
  const after = agreeOnPending(before.map(next));
  const primary = before.find((member) => !isReplica(member));
  const reachesRelatives = relatives.some((relative) => !after.includes(relative));
  return {
    change: replaceKeys(before, after),
    relied: relatives.map(({ version }) => version),
    events:
      primary !== undefined && reachesRelatives
        ? [{ name: "SynchronizeMultiRegionKey", thing: primary }]
        : [],
  };
}
