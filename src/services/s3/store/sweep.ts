import { minute } from "../../../base/clock.ts";
import type { Committer } from "../../../database/commit.ts";
import type { S3Tools } from "../operation.ts";
import type { ObjectTables } from "../tables/objects.ts";
import type { Removal } from "../tables/removals.ts";
import type { ObjectStore } from "./object-store.ts";

/** A file this old that no object uses belongs to a call that failed, or to an object that was replaced or deleted. */
const patience = 60 * minute;

/** Removes the files of the data folder that no object uses. */
export async function sweepFiles(
  store: ObjectStore,
  objects: ObjectTables,
  now: Date,
): Promise<void> {
  for await (const id of store.older(new Date(now.getTime() - patience)))
    if (!(await objects.usesFile(id))) await store.remove(id);
}

/** Who removes what is owed to places of the operator's. */
interface Remover {
  readonly tools: Pick<S3Tools, "objects" | "places" | "removals">;
  readonly committer: Committer;
}

const atOnce = 100;

/**
 * Removes from places of the operator's what objects left there that were deleted, and nothing else: what else is there may be others'. A
 * place that fails is left for the next time.
 */
export async function sweepPlaces(remover: Remover, now: Date): Promise<void> {
  const { removals } = remover.tools;
  const failed = new Set<string>();
  let after: string | undefined = "";
  while (after !== undefined) {
    const found: readonly Removal[] = await removals.list(after, atOnce);
    for (const removal of found)
      if (!failed.has(removal.bucket) && !(await settle(remover, removal, now)))
        failed.add(removal.bucket);
    after = found.at(-1)?.fileId;
  }
}

/** Whether the place does not fail. */
async function settle(
  { tools: { objects, places }, committer }: Remover,
  { bucket, key, done }: Removal,
  now: Date,
): Promise<boolean> {
  // Another object may have come under the key since.
  const isUsed = () => objects.usesPlace(bucket, key);
  const outcome = await places.remove(bucket, key, { isUsed, now });
  if (outcome === "removed") await committer.submit({ relied: [], change: done, records: [] });
  return outcome !== "failed";
}
