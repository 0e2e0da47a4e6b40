import { decodeBundle, tilePath, tileWidth } from "../../audit/tiles.ts";
import type { TrailPosition } from "../../audit/trail.ts";
import type { ReadableLog } from "./log-entries.ts";
import type { LogFiles } from "./log-files.ts";

/** What may leave a folder of logs for the archive. */
export interface Leaving {
  /** Records that are older, in seconds since 1970. */
  readonly olderThan: number;
  /** Records that every trail has delivered; all of them when no trail waits for any. */
  readonly deliveredUpTo: TrailPosition | undefined;
}

interface Progress {
  /** The first bundle that may be plain. */
  compressed: number;
  /** The first bundle that may be here. */
  archived: number;
}

/**
 * Keeps full bundles of entries small, and moves the old ones into the archive, when there is one. Tiles of hashes stay: they are a
 * thirtieth of the records, and every proof needs some.
 */
export class Upkeep {
  readonly #hasArchive: boolean;
  readonly #progress = new Map<number, Progress>();

  constructor(hasArchive: boolean) {
    this.#hasArchive = hasArchive;
  }

  /** Does one piece of work; false when there is none. Of each log, `size` entries are durable. To look at a log for the first time is a piece. */
  step(logs: Iterable<ReadableLog>, leaving: Leaving): boolean {
    for (const log of logs) {
      const isNew = !this.#progress.has(log.boot);
      if (this.#compressOne(log) || this.#archiveOne(log, leaving) || isNew) return true;
    }
    return false;
  }

  #compressOne(log: ReadableLog): boolean {
    const progress = this.#of(log);
    for (; progress.compressed < fullBundles(log); progress.compressed++) {
      const name = tilePath("entries", progress.compressed);
      if (!log.files.isPlain(name)) continue;
      log.files.compress(name);
      return true;
    }
    return false;
  }

  #archiveOne(log: ReadableLog, leaving: Leaving): boolean {
    const progress = this.#of(log);
    if (!this.#hasArchive) return false;
    for (; progress.archived < fullBundles(log); progress.archived++) {
      const name = tilePath("entries", progress.archived);
      if (!log.files.isHere(name)) continue;
      if (!mayLeave(log, progress.archived, leaving)) return false;
      log.files.archive(name);
      return true;
    }
    return false;
  }

  #of({ boot }: ReadableLog): Progress {
    // The first bundle says where the log begins: it stays.
    const known = this.#progress.get(boot) ?? { compressed: 0, archived: 1 };
    this.#progress.set(boot, known);
    return known;
  }
}

function fullBundles({ size }: ReadableLog): number {
  return Math.floor(size / tileWidth);
}

function mayLeave(
  { files, first }: ReadableLog,
  index: number,
  { olderThan, deliveredUpTo }: Leaving,
): boolean {
  // The entry that begins a log has no position.
  const last = first + (index + 1) * tileWidth - 2;
  if (deliveredUpTo !== undefined && last > deliveredUpTo) return false;
  return newestTime(files, index) < olderThan;
}

function newestTime(files: LogFiles, index: number): number {
  const entries = decodeBundle(files.read(tilePath("entries", index)) ?? Buffer.alloc(0)) ?? [];
  const newest = entries.at(-1);
  if (newest === undefined) return Number.MAX_SAFE_INTEGER;
  const { eventTime } = JSON.parse(Buffer.from(newest).toString("utf8")) as {
    readonly eventTime: string;
  };
  return Date.parse(eventTime) / 1_000;
}
