import { equalBytes } from "../crypto/hash.ts";
import { parseTilePath, partialTiles, pathOf, widthAt } from "./log-names.ts";
import type { Leaves, Work } from "./log-work.ts";
import { rootOfPieces } from "./log-work.ts";
import { tilePath, tileWidth } from "./tiles.ts";
import { hashLength } from "./tree.ts";

/** Reads the files of a log. */
export interface LogReader {
  /** The names of all files. */
  list(): Iterable<string>;
  /** The bytes of a file; undefined when there is none, or when it cannot be read. */
  read(name: string): Uint8Array | undefined;
}

/** Something wrong with a log. */
export interface TreeFault {
  readonly file: string;
  /** The first bad record, counted from 0 in its log; absent when the file alone is wrong. */
  readonly index?: number;
  readonly reason: string;
}

export interface TreeCheckOptions {
  readonly reader: LogReader;
  readonly size: number;
  /** The root that was signed. */
  readonly root: Uint8Array;
  readonly work: Work;
  /** The partial files that were read with the checkpoint: a log that grows takes them away. */
  readonly edge: ReadonlyMap<string, Uint8Array>;
  /** Whether a bundle may be missing, because its time to be kept is over. */
  readonly mayLack: (firstIndex: number, endIndex: number) => boolean;
}

/** A tile as it is stored. */
interface Stored {
  readonly index: number;
  readonly name: string;
  /** Undefined when it is missing or proven wrong, which is reported by then. */
  readonly bytes: Uint8Array | undefined;
  /** Whether the signed root vouches for it. */
  readonly holds: boolean;
}

/** The hashes of a level that were computed so far for its newest tile. */
interface Computed {
  readonly hashes: Buffer;
  index: number;
  width: number;
}

/** What the tile above says that the root of a full tile is. */
interface Above {
  readonly hash: Uint8Array;
  readonly holds: boolean;
}

/**
 * Checks all tiles and bundles of a log against its signed root, in one pass over the bundles, with one tile of each level in
 * memory. What the root vouches for from above decides whether a record or a tile is wrong where the two disagree.
 */
export class TreeCheck {
  readonly faults: TreeFault[] = [];
  /** The first entry of the log. */
  first: Uint8Array | undefined;
  /** Entries whose time to be kept is over. */
  lacking = 0;
  readonly #options: TreeCheckOptions;
  readonly #edgeHolds: boolean;
  readonly #stored = new Map<number, Stored>();
  readonly #computed: Computed[] = [];
  /** The pieces of the computed partial tiles, by level. */
  readonly #edges: (readonly Uint8Array[])[] = [];
  /** Tiles that disagree with the records below them from an index on, while the root vouches for neither yet. */
  readonly #undecided: { readonly tile: string; readonly index: number }[] = [];

  constructor(options: TreeCheckOptions) {
    this.#options = options;
    const tiles = partialTiles(options.size).map((tile) => options.edge.get(pathOf(tile)));
    const pieces = tiles.map((tile) => (tile === undefined ? [] : options.work.pieces(tile)));
    this.#edgeHolds = equalBytes(rootOfPieces(pieces), options.root);
  }

  /** Reads everything. Ends early only where nothing tells any more what belongs there. */
  run(): void {
    const { size, root } = this.#options;
    for (let index = 0; index * tileWidth < size; index++) {
      const tile = this.#bundle(index, widthAt(0, index, size));
      if (tile === undefined) return;
      this.#close(0, index, tile);
    }
    for (const [level, { index, width, hashes }] of this.#computed.entries())
      if (level > 0 && width > 0)
        this.#close(
          level,
          index,
          this.#judge(level, index, hashes.subarray(0, width * hashLength)),
        );
    const leads = equalBytes(rootOfPieces(this.#edges.filter((each) => each.length > 0)), root);
    this.#decide(leads);
    if (!leads && this.faults.length === 0) this.#replaced();
  }

  /** Checks a bundle and its tile; the hashes that are right, or the root alone. Undefined when nothing tells them. */
  #bundle(index: number, width: number): Uint8Array | undefined {
    const start = index * tileWidth;
    const stored = this.#tile(0, index);
    const leaves = this.#leaves(index, width);
    const above = width === tileWidth ? this.#above(0, index) : undefined;
    if (index === 0) this.first = leaves?.first;
    if (leaves === undefined) return stored.bytes ?? above?.hash;
    const { hashes, rest } = leaves;
    const whole = hashes.length === width * hashLength && rest === 0;
    if (stored.bytes === undefined) return this.#untiled(start, leaves, whole, above);
    const at = firstDifference(hashes, stored.bytes, width);
    if (at === width) {
      if (!whole) this.#record(start + width, "something was added behind the last record", index);
      return stored.bytes;
    }
    return this.#disagree(stored, whole ? hashes : undefined, start + at);
  }

  /** A bundle whose tile is no help. */
  #untiled(
    start: number,
    { hashes }: Leaves,
    whole: boolean,
    above: Above | undefined,
  ): Uint8Array | undefined {
    const bundle = start / tileWidth;
    if (!whole) this.#record(start + hashes.length / hashLength, "the record is damaged", bundle);
    else if (above?.holds && !this.#hasRoot(hashes, above.hash))
      this.#record(start, "one of the records from here on, in this file, was edited");
    else return hashes;
    return above?.hash;
  }

  /** A bundle and its tile disagree: the hashes to go on with. `hashes` are there when the bundle has all its entries. */
  #disagree(
    { bytes = Buffer.of(), holds, name }: Stored,
    hashes: Uint8Array | undefined,
    index: number,
  ): Uint8Array {
    if (holds || hashes === undefined) {
      this.#record(index, "the record was edited, removed or added");
      return bytes;
    }
    this.#undecided.push({ tile: name, index });
    return hashes;
  }

  /** Once the root of the entries is known, it tells who was wrong where a tile and the records below it disagree. */
  #decide(leads: boolean): void {
    for (const { tile, index } of this.#undecided) {
      if (!leads) this.#record(index, "the record, one behind it, or the tile above was edited");
      this.#fault(tile, leads ? "the tile was edited" : "the tile, or a record below, was edited");
    }
  }

  /** Records and tiles agree, but do not lead to the root: the last ones were replaced, or all. */
  #replaced(): void {
    const { size } = this.#options;
    if (size % tileWidth > 0)
      this.#record(size - (size % tileWidth), "records from here on, or all, were replaced");
    this.#fault("checkpoint", "the records and tiles are not those whose root was signed");
  }

  /** Takes note of a tile that is right, as far as anything tells: its root goes one level up. */
  #close(level: number, index: number, tile: Uint8Array): void {
    const { size, work } = this.#options;
    if (widthAt(level, index, size) < tileWidth) {
      this.#edges[level] = work.pieces(tile);
      return;
    }
    this.#edges[level] ??= [];
    const [root = tile] = work.pieces(tile);
    const above = this.#level(level + 1);
    above.hashes.set(root, above.width * hashLength);
    above.width++;
    if (above.width < tileWidth) return;
    this.#close(level + 1, above.index, this.#judge(level + 1, above.index, above.hashes));
    above.index++;
    above.width = 0;
  }

  /** Compares a tile above the lowest level with what was computed; which of them is right. */
  #judge(level: number, index: number, computed: Uint8Array): Uint8Array {
    const { bytes, holds, name } = this.#tile(level, index);
    if (bytes === undefined) return Buffer.from(computed);
    const width = computed.length / hashLength;
    const at = firstDifference(computed, bytes, width);
    if (at === width) return bytes;
    const first = (index * tileWidth + at) * tileWidth ** level;
    if (holds) this.#record(first, "records from here on, and their tile, were replaced");
    else this.#undecided.push({ tile: name, index: first });
    return holds ? bytes : Buffer.from(computed);
  }

  #level(level: number): Computed {
    const known = this.#computed[level];
    if (known !== undefined) return known;
    const made = { hashes: Buffer.alloc(tileWidth * hashLength), index: 0, width: 0 };
    for (let each = this.#computed.length; each < level; each++) this.#level(each);
    this.#computed[level] = made;
    return made;
  }

  #tile(level: number, index: number): Stored {
    const known = this.#stored.get(level);
    if (known?.index === index) return known;
    const read = this.#read(level, index);
    this.#stored.set(level, read);
    return read;
  }

  #read(level: number, index: number): Stored {
    const { size, reader, edge } = this.#options;
    const width = widthAt(level, index, size);
    const name = tilePath(level, index, width);
    const bytes = width < tileWidth ? edge.get(name) : reader.read(name);
    if (bytes?.length !== width * hashLength) {
      this.#fault(name, bytes === undefined ? missing : "the tile has another length");
      return { index, name, bytes: undefined, holds: false };
    }
    if (width < tileWidth) return { index, name, bytes, holds: this.#edgeHolds };
    const above = this.#above(level, index);
    const same = above !== undefined && this.#hasRoot(bytes, above.hash);
    if (above?.holds && !same) {
      this.#fault(name, "the tile was edited");
      return { index, name, bytes: undefined, holds: false };
    }
    return { index, name, bytes, holds: above?.holds === true && same };
  }

  /** What the tile above says of a full tile. */
  #above(level: number, index: number): Above | undefined {
    const { bytes, holds } = this.#tile(level + 1, Math.floor(index / tileWidth));
    const at = (index % tileWidth) * hashLength;
    return bytes && { hash: bytes.subarray(at, at + hashLength), holds };
  }

  #leaves(index: number, width: number): Leaves | undefined {
    const { reader, work, edge, mayLack } = this.#options;
    const name = tilePath("entries", index, width);
    const bytes = width < tileWidth ? edge.get(name) : reader.read(name);
    if (bytes !== undefined) return work.leaves(bytes);
    const start = index * tileWidth;
    if (mayLack(start, start + width)) this.lacking += width;
    else this.faults.push({ file: name, index: start, reason: missing });
    return undefined;
  }

  #hasRoot(tile: Uint8Array, root: Uint8Array): boolean {
    const [own, ...more] = this.#options.work.pieces(tile);
    return own !== undefined && more.length === 0 && equalBytes(own, root);
  }

  #fault(file: string, reason: string): void {
    this.faults.push({ file, reason });
  }

  #record(index: number, reason: string, bundle: number = Math.floor(index / tileWidth)): void {
    const { size } = this.#options;
    const file = tilePath("entries", bundle, widthAt("entries", bundle, size));
    this.faults.push({ file, index, reason });
  }
}

const missing = "the file is missing or cannot be read";

/** Where hashes side by side begin to differ, at most at `count`. */
function firstDifference(a: Uint8Array, b: Uint8Array, count: number): number {
  const end = count * hashLength;
  if (a.length >= end && Buffer.compare(a.subarray(0, end), b.subarray(0, end)) === 0) return count;
  for (let at = 0; at < count; at++) {
    const [from, to] = [at * hashLength, (at + 1) * hashLength];
    if (a.length < to || Buffer.compare(a.subarray(from, to), b.subarray(from, to)) !== 0)
      return at;
  }
  return count;
}

/** Whether a name is of a tile or a bundle that reaches behind a size: no checkpoint of that size needs it. */
export function reachesBehind(name: string, size: number): boolean {
  const tile = parseTilePath(name);
  if (tile === undefined) return false;
  return tile.width > widthAt(tile.level, tile.index, size);
}
