import { IntegrityError } from "../base/errors.ts";
import type { Tile } from "./tiles.ts";
import { tileHeight, tilePath, tileWidth } from "./tiles.ts";
import { hashLength, nodeHash, rootOf } from "./tree.ts";

/** Reads a tile that was written before. */
export type ReadTile = (level: number, index: number, width: number) => Uint8Array;

/** The last tile of a level, which is never full. */
interface Rightmost {
  readonly bytes: Buffer;
  index: number;
  width: number;
  /** Whether it grew since it was last taken. */
  changed: boolean;
}

/**
 * A growing Merkle tree that remembers the last tile of each level only, and gives away the others. An append costs about
 * one hash a leaf, besides the leaf's own.
 */
export class TileTree {
  readonly #levels: Rightmost[] = [];
  #full: Tile[] = [];
  #size = 0;

  /** Goes on with a tree of `size` leaves. Throws IntegrityError for a tile of another width. */
  static resume(size: number, readTile: ReadTile): TileTree {
    const tree = new TileTree();
    tree.#size = size;
    for (let rest = size, level = 0; rest > 0; rest = Math.floor(rest / tileWidth), level++)
      tree.#levels.push(readRightmost(level, rest, readTile));
    return tree;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds leaves by their hashes. */
  append(leafHashes: readonly Uint8Array[]): void {
    for (const hash of leafHashes) {
      this.#add(0, hash);
      this.#size++;
    }
  }

  /** The root of the tree. */
  root(): Buffer {
    // The complete subtrees that make up a tree are all in the last tile of some level.
    return Buffer.from(rootOf(this.#size, (level, index) => this.#node(level, index)));
  }

  /** The tiles that changed since the last take: those that became full, and the partial one of each level. */
  take(): readonly Tile[] {
    const taken = this.#full;
    this.#full = [];
    for (const [level, tile] of this.#levels.entries()) {
      if (tile.changed && tile.width > 0) taken.push(copyOf(level, tile));
      tile.changed = false;
    }
    return taken;
  }

  #add(level: number, hash: Uint8Array): void {
    const tile = this.#level(level);
    if (hash.length !== hashLength) throw new RangeError("a hash has 32 bytes");
    tile.bytes.set(hash, tile.width * hashLength);
    tile.width++;
    tile.changed = true;
    if (tile.width < tileWidth) return;
    const full = copyOf(level, tile);
    this.#full.push(full);
    tile.index++;
    tile.width = 0;
    this.#add(level + 1, completeRoot(full.bytes));
  }

  #level(level: number): Rightmost {
    const known = this.#levels[level];
    if (known !== undefined) return known;
    const bytes = Buffer.alloc(tileWidth * hashLength);
    const tile = { bytes, index: 0, width: 0, changed: false };
    this.#levels.push(tile);
    return tile;
  }

  #node(level: number, index: number): Uint8Array {
    const { bytes, index: tile } = this.#level(Math.floor(level / tileHeight));
    const leaves = 2 ** (level % tileHeight);
    const start = (index * leaves - tile * tileWidth) * hashLength;
    return completeRoot(bytes.subarray(start, start + leaves * hashLength));
  }
}

/** The root over hashes side by side, whose number is a power of two. */
export function completeRoot(hashes: Uint8Array): Uint8Array {
  if (hashes.length === hashLength) return hashes;
  const half = hashes.length / 2;
  return nodeHash(completeRoot(hashes.subarray(0, half)), completeRoot(hashes.subarray(half)));
}

function copyOf(level: number, { bytes, index, width }: Rightmost): Tile {
  return { level, index, width, bytes: Buffer.from(bytes.subarray(0, width * hashLength)) };
}

function readRightmost(level: number, hashes: number, readTile: ReadTile): Rightmost {
  const index = Math.floor(hashes / tileWidth);
  const width = hashes % tileWidth;
  const bytes = Buffer.alloc(tileWidth * hashLength);
  if (width > 0) {
    const read = readTile(level, index, width);
    if (read.length !== width * hashLength)
      throw new IntegrityError(`${tilePath(level, index, width)} has ${read.length} bytes`);
    bytes.set(read);
  }
  return { bytes, index, width, changed: false };
}
