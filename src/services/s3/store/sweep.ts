import { minute } from "../../../base/clock.ts";
import type { ObjectTables } from "../tables/objects.ts";
import type { ObjectStore } from "./object-store.ts";

/** A file this old that no object uses belongs to a call that failed, or to an object that was replaced or deleted. */
const patience = 60 * minute;

/** Removes the files that no object uses. */
export async function sweepFiles(
  store: ObjectStore,
  objects: ObjectTables,
  now: Date,
): Promise<void> {
  for await (const id of store.older(new Date(now.getTime() - patience)))
    if (!(await objects.usesFile(id))) await store.remove(id);
}
