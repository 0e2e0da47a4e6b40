import type { ServiceEvent } from "../../api/operation.ts";
import { serviceEvent } from "../../api/service-event.ts";
import type { Change, Committer, VersionRef } from "../../database/commit.ts";
import { destroyKey } from "./deletion.ts";
import { expireMaterials } from "./import-material.ts";
import { expiredMaterials } from "./model/imported.ts";
import type { KmsKey } from "./model/key.ts";
import { keyAggregate } from "./model/key.ts";
import type { KmsTools } from "./operation.ts";
import { rotateKey } from "./rotation.ts";
import { stateOf } from "./states.ts";
import { listDue } from "./tables/listings.ts";

/**
 * What the service does by the clock: it destroys keys whose waiting period has ended and imported material that
 * has expired, and rotates the keys that are due.
 */
export interface Sweeper {
  readonly tools: KmsTools;
  readonly committer: Committer;
  readonly forget: (aggregates: readonly string[]) => void;
}

const atOnce = 100;
const service = { eventSource: "kms.amazonaws.com", thingType: "AWS::KMS::Key" };

/**
 * Does what is due; returns how many keys it changed. A key that changed meanwhile is left for the next time. One that
 * fails does not keep the others waiting: all failures are thrown together at the end.
 */
export async function sweep(sweeper: Sweeper, now: Date): Promise<number> {
  const left = new Set<string>();
  const failures: unknown[] = [];
  const next = async (): Promise<readonly Place[]> => {
    const found = await listDue(sweeper.tools.keys.reader, now, atOnce + left.size);
    return found.filter((place) => !left.has(nameOf(place)));
  };
  let done = 0;
  for (let due = await next(); due.length > 0; due = await next())
    for (const place of due)
      try {
        if (await sweepKey(sweeper, place, now)) done++;
        else left.add(nameOf(place));
      } catch (error) {
        failures.push(error);
        left.add(nameOf(place));
      }
  if (failures.length === 0) return done;
  throw new AggregateError(failures, `sweeping ${failures.length} keys`, { cause: failures[0] });
}

type Place = Awaited<ReturnType<typeof listDue>>[number];

const nameOf = ({ account, region, keyId }: Place): string => keyAggregate(account, region, keyId);

/** Whether the key was changed. */
async function sweepKey(
  { tools, committer, forget }: Sweeper,
  { account, region, keyId }: Place,
  now: Date,
): Promise<boolean> {
  const key = await tools.keys.find(account, region, keyId);
  const due = key && (await dueChange(key, now, tools));
  if (key === undefined || due === undefined) return false;
  const place = { region, time: now };
  const { stale } = await committer.submit({
    relied: [key.version, ...due.relied],
    change: due.change,
    records: due.events.map((event) => serviceEvent(event, service, place, tools.ids)),
  });
  forget([...stale, ...due.change.versions.map(({ aggregate }) => aggregate)]);
  if (stale.length === 0) await due.afterwards?.();
  return stale.length === 0;
}

/** What time has brought about for a key. */
interface Due {
  readonly change: Change;
  readonly relied: readonly VersionRef[];
  readonly events: readonly ServiceEvent[];
  /** What happens outside the database, once it is certain. */
  readonly afterwards?: () => Promise<void>;
}

async function dueChange(key: KmsKey, now: Date, tools: KmsTools): Promise<Due | undefined> {
  if (key.state === "PendingDeletion" && key.deletionDate !== undefined && key.deletionDate <= now)
    return destroyKey(key, now, tools);
  if (expiredMaterials(key, now).length > 0) return expireMaterials(key, now, tools);
  if (stateOf(key, now) === "Enabled" && key.rotation !== undefined && key.rotation.nextDate <= now)
    return rotateKey(key, "AUTOMATIC", now, tools);
  return undefined;
}
