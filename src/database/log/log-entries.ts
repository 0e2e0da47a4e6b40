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

/** The position behind the last record of a log. */
export function endOf({ first, size }: Pick<ReadableLog, "first" | "size">): TrailPosition {
  return first + Math.max(size - 1, 0);
}

const keptBundles = 64;

/** Records by position, from the logs of all boots. Bundles that were read last are kept. */
export class LogEntries {
  /** In the order of boots; the last one grows. */
  #logs: readonly ReadableLog[];
  readonly #bundles = new Map<string, readonly Uint8Array[]>();

  constructor(logs: readonly ReadableLog[]) {
    this.#logs = logs;
  }

  /** The position behind the newest record. */
  get end(): TrailPosition {
    const last = this.#logs.at(-1);
    return last === undefined ? 1 : endOf(last);
  }

  /** In the order of boots. */
  get logs(): readonly ReadableLog[] {
    return this.#logs;
  }

  /** Takes note that the newest log has grown, or begun. */
  grow(log: ReadableLog): void {
    this.#logs = [...this.#logs.filter((each) => each.boot !== log.boot), log];
  }

  /** The record at a position; undefined when its time to be kept is over. Throws IntegrityError when it should be there and is not. */
  find(position: TrailPosition): Uint8Array | undefined {
    const log = this.#logs.findLast((each) => each.first <= position);
    if (log === undefined || position >= endOf(log))
      throw new IntegrityError(`there is no record at position ${position}`);
    const index = position - log.first + 1;
    const bundle = this.#bundle(log, Math.floor(index / tileWidth));
    return bundle?.[index % tileWidth];
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
