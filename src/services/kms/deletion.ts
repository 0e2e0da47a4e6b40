import type { ServiceEvent } from "../../api/operation.ts";
import { day } from "../../base/clock.ts";
import type { Change, VersionRef } from "../../database/commit.ts";
import { joinChanges } from "../../database/commit.ts";
import { destroyInStore, evidenceOfDeletion } from "./custom-key-stores/destroy-key.ts";
import { agreeOnPending } from "./model/imported.ts";
import type { KmsKey, MultiRegion } from "./model/key.ts";
import { isReplica } from "./model/key.ts";
import type { KmsTools } from "./operation.ts";
import { relativesOf } from "./relatives.ts";
import { eraseUse } from "./tables/key-usage.ts";
import { replaceKey, replaceKeys } from "./tables/keys.ts";

/** A key at the start of its waiting period. A primary key first waits for its replicas to be gone (facts 9.3). */
export function scheduleDeletion(key: KmsKey, days: number, now: Date): KmsKey {
  return !isReplica(key) && key.multiRegion !== undefined && key.multiRegion.replicas.length > 0
    ? { ...key, state: "PendingReplicaDeletion", pendingWindowInDays: days }
    : startWindow(key, days, now);
}

function startWindow({ pendingWindowInDays: _, ...key }: KmsKey, days: number, now: Date): KmsKey {
  return {
    ...key,
    state: "PendingDeletion",
    deletionDate: new Date(now.getTime() + days * day),
  };
}

/** The end of a key: its material, and everything that hangs on it, is gone, and its relatives know it no longer. */
export async function destroyKey(
  key: KmsKey,
  now: Date,
  tools: KmsTools,
): Promise<{
  readonly change: Change;
  readonly relied: readonly VersionRef[];
  readonly events: readonly ServiceEvent[];
  readonly afterwards: () => Promise<void>;
}> {
  const relatives = await relativesOf(key, tools);
  const left = relatives.map((relative) => without(relative, key.region, now));
  return {
    change: joinChanges([
      replaceKey(key, tombstone(key)),
      eraseUse(key),
      replaceKeys(relatives, agreeOnPending(left)),
    ]),
    relied: relatives.map(({ version }) => version),
    events: [{ name: "DeleteKey", thing: key, ...evidenceOfDeletion(key) }],
    afterwards: () => destroyInStore(key, tools),
  };
}

/** Key material, aliases, grants and tags go; a tombstone stays, so that the id never names a key of another. */
function tombstone({ rotation: _rotation, multiRegion: _relatives, ...key }: KmsKey): KmsKey {
  return {
    ...key,
    state: "Deleted",
    description: "",
    tags: [],
    materials: [],
    aliases: [],
    grants: [],
  };
}

/** A key whose replica in a region has gone. Without its last replica, a primary key that waited for that starts its own window. */
function without(key: KmsKey, region: string, now: Date): KmsKey {
  if (key.multiRegion === undefined) return key;
  const replicas = key.multiRegion.replicas.filter((each) => each !== region);
  const multiRegion: MultiRegion = { ...key.multiRegion, replicas };
  const kept = { ...key, multiRegion };
  return key.state === "PendingReplicaDeletion" && replicas.length === 0
    ? startWindow(kept, key.pendingWindowInDays ?? 0, now)
    : kept;
}
