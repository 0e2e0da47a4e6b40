import { tilePath, tileWidth } from "../../audit/tiles.ts";
import type { TrailPosition } from "../../audit/trail.ts";
import { IntegrityError } from "../../base/errors.ts";
import { readBundle } from "./bundles.ts";
import type { LogFiles } from "./log-files.ts";

/** The log of a boot as a reader sees it. */
export interface ReadableLog {
  readonly boot: number;
  readonly files: LogFiles;
  /** The position of the first record; the entry before it begins the log and has none. */
  readonly first: TrailPosition;
  /** Entries that are signed. */
  readonly size: number;
}

/** A log that is read when it is asked for. */
export type LateLog = () => ReadableLog;

/** The position behind the last record of a log. */
export function endOf({ first, size }: Pick<ReadableLog, "first" | "size">): TrailPosition {
  return first + Math.max(size - 1, 0);
}

const keptBundles = 64;

/** Records by position, from the logs of all boots. Bundles that were read last are kept. */
export class LogEntries {
  /** In the order of boots; the last one grows. */
  readonly #logs: LateLog[];
  readonly #bundles = new Map<string, readonly Uint8Array[]>();

  constructor(logs: readonly LateLog[]) {
    this.#logs = [...logs];
  }

  /** The position behind the newest record. */
  get end(): TrailPosition {
    const last = this.#logs.at(-1)?.();
    return last === undefined ? 1 : endOf(last);
  }

  /** In the order of boots, each read when its turn comes. */
  *logs(): Iterable<ReadableLog> {
    for (const log of this.#logs) yield log();
  }

  /** Takes note that the newest log has grown. */
  grow(log: ReadableLog): void {
    this.#logs[this.#logs.length - 1] = () => log;
  }

  /** The record at a position; undefined when its time to be kept is over. Throws IntegrityError when it should be there and is not. */
  find(position: TrailPosition): Uint8Array | undefined {
    const log = this.logOf(position);
    if (log === undefined || position >= endOf(log))
      throw new IntegrityError(`there is no record at position ${position}`);
    const index = position - log.first + 1;
    const bundle = this.#bundle(log, Math.floor(index / tileWidth));
    return bundle?.[index % tileWidth];
  }

  /** The newest log that begins at a position or before it. Of many logs, few are read. */
  logOf(position: TrailPosition): ReadableLog | undefined {
    let [from, to] = [0, this.#logs.length];
    while (from < to) {
      const middle = to - 1 - Math.floor((to - 1 - from) / 2);
      const log = this.#logs[middle]?.();
      if (log !== undefined && log.first <= position) from = middle + 1;
      else to = middle;
    }
    return this.#logs[from - 1]?.();
  }

  #bundle(log: ReadableLog, index: number): readonly Uint8Array[] | undefined {
    const rest = log.size - index * tileWidth;
    const width = Math.min(rest, tileWidth);
    const key = `${log.boot} ${index} ${width}`;
    const known = this.#bundles.get(key);
    if (known !== undefined) return known;
    const entries = readBundle(log.files, index, width);
    if (entries === undefined) return undefined;
    if (entries.length !== width)
      throw new IntegrityError(
        `${tilePath("entries", index, width)} of boot ${log.boot} is damaged`,
      );
    this.#bundles.set(key, entries);
    const [oldest] = this.#bundles.keys();
    if (this.#bundles.size > keptBundles && oldest !== undefined) this.#bundles.delete(oldest);
    return entries;
  }
}
