import { equalBytes, sha256, writeSha256 } from "../crypto/hash.ts";
import { hashOn, stateBehind } from "../crypto/sha256-state.ts";

/** Merkle trees of RFC 6962 section 2.1 (RFC 9162 section 2.1) over SHA-256. Sizes and indexes stay below 2^53. */

/** Bytes of a hash. */
export const hashLength = 32;

/** Reads the hash of the complete subtree of 2^level leaves that begins at leaf index · 2^level. */
export type ReadNode = (level: number, index: number) => Uint8Array;

/** The root of a tree without leaves. */
export const emptyRoot: Buffer = sha256();

/** Behind `00`, with which the hash of an entry begins. */
let leafState: Buffer | undefined;
/** `01 ‖ left ‖ right`: filled and hashed at once, so that no hash of an inner node allocates its input. */
const pair = Buffer.alloc(1 + 2 * hashLength, 1);

/** The hash of an entry. */
export function leafHash(entry: Uint8Array): Buffer {
  leafState ??= stateBehind(Buffer.of(0));
  const leaf = Buffer.allocUnsafe(hashLength);
  hashOn(leafState, entry, entry.length, leaf);
  return leaf;
}

/** The hash of a node with two children. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  if (left.length !== hashLength || right.length !== hashLength)
    throw new RangeError("a node has two hashes of 32 bytes");
  pair.set(left, 1);
  pair.set(right, 1 + hashLength);
  const node = Buffer.allocUnsafe(hashLength);
  writeSha256(pair, node, 0);
  return node;
}

/** The root of the tree of the first `size` leaves. */
export function rootOf(size: number, read: ReadNode): Uint8Array {
  return size === 0 ? emptyRoot : rangeHash(0, size, read);
}

/** Proves that a leaf stands at an index of the tree of the first `size` leaves. Throws RangeError for an index outside. */
export function inclusionProof(index: number, size: number, read: ReadNode): readonly Uint8Array[] {
  if (index < 0 || index >= size) throw new RangeError(`no leaf ${index} in a tree of ${size}`);
  const proof: Uint8Array[] = [];
  let start = 0;
  for (let rest = size; rest > 1; ) {
    const left = leftSize(rest);
    const isLeft = index < start + left;
    proof.push(isLeft ? rangeHash(start + left, rest - left, read) : rangeHash(start, left, read));
    rest = isLeft ? left : rest - left;
    if (!isLeft) start += left;
  }
  return proof.toReversed();
}

/** Proves that the tree of the first `newSize` leaves continues the one of the first `oldSize`. Throws RangeError. */
export function consistencyProof(
  oldSize: number,
  newSize: number,
  read: ReadNode,
): readonly Uint8Array[] {
  if (oldSize < 0 || oldSize > newSize)
    throw new RangeError(`a tree of ${newSize} does not continue one of ${oldSize}`);
  if (oldSize === 0) return [];
  const proof: Uint8Array[] = [];
  let start = 0;
  let rest = newSize;
  while (start + rest !== oldSize) {
    const left = leftSize(rest);
    const isLeft = oldSize <= start + left;
    proof.push(isLeft ? rangeHash(start + left, rest - left, read) : rangeHash(start, left, read));
    rest = isLeft ? left : rest - left;
    if (!isLeft) start += left;
  }
  // The verifier knows the whole old tree, but not the part of it that ends it.
  if (start > 0) proof.push(rangeHash(start, rest, read));
  return proof.toReversed();
}

/** Whether a proof shows that a leaf with this hash stands at an index of the tree with this size and root. */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!isSize(index) || !isSize(size) || index >= size || !areHashes([leaf, root, ...proof]))
    return false;
  const path = new Path(index, size);
  let hash: Uint8Array = leaf;
  for (const sibling of proof) {
    const side = path.next();
    if (side === undefined) return false;
    hash = side === "left" ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
  }
  return path.ended && equalBytes(hash, root);
}

/** Whether a proof shows that the new tree begins with all the leaves of the old one. */
export function verifyConsistency(
  oldSize: number,
  oldRoot: Uint8Array,
  newSize: number,
  newRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize) return false;
  if (!areHashes([oldRoot, newRoot, ...proof])) return false;
  if (oldSize === newSize) return proof.length === 0 && equalBytes(oldRoot, newRoot);
  if (oldSize === 0) return proof.length === 0 && equalBytes(oldRoot, emptyRoot);
  // A complete old tree is a node of the new one: its root is known, so the proof leaves it out.
  const roots = growth(oldSize, newSize, isComplete(oldSize) ? [oldRoot, ...proof] : proof);
  if (roots === undefined) return false;
  return equalBytes(roots.before, oldRoot) && equalBytes(roots.after, newRoot);
}

/** The roots of both trees as a proof makes them out; undefined for a proof of another shape. */
function growth(
  oldSize: number,
  newSize: number,
  [first, ...rest]: readonly Uint8Array[],
): { readonly before: Uint8Array; readonly after: Uint8Array } | undefined {
  if (first === undefined) return undefined;
  const path = new Path(oldSize - 1, newSize);
  path.skipRight();
  let before = first;
  let after = first;
  for (const sibling of rest) {
    const side = path.next();
    if (side === undefined) return undefined;
    if (side === "left") before = nodeHash(sibling, before);
    after = side === "left" ? nodeHash(sibling, after) : nodeHash(after, sibling);
  }
  return path.ended ? { before, after } : undefined;
}

/** The way from a leaf to the root, as RFC 9162 sections 2.1.3.2 and 2.1.4.2 walk it. */
class Path {
  #node: number;
  /** The last node on the same level. */
  #last: number;

  constructor(index: number, size: number) {
    this.#node = index;
    this.#last = size - 1;
  }

  get ended(): boolean {
    return this.#last === 0;
  }

  /** Goes up while the node is a right child. */
  skipRight(): void {
    while (this.#node % 2 === 1) this.#up();
  }

  /** Goes up to the parent; on which side of the node its sibling stands. Undefined at the root. */
  next(): "left" | "right" | undefined {
    if (this.#last === 0) return undefined;
    const isLeft = this.#node % 2 === 1 || this.#node === this.#last;
    // The last node of a level has no sibling there when it is a left child: it moves up as it is.
    if (isLeft) while (this.#node % 2 === 0 && this.#node !== 0) this.#up();
    this.#up();
    return isLeft ? "left" : "right";
  }

  #up(): void {
    this.#node = Math.floor(this.#node / 2);
    this.#last = Math.floor(this.#last / 2);
  }
}

/** The hash of `size` leaves from `start` on, where `start` is where RFC 6962's splitting puts such a range. */
function rangeHash(start: number, size: number, read: ReadNode): Uint8Array {
  const level = Math.floor(Math.log2(size));
  if (2 ** level === size) return read(level, start / size);
  const left = leftSize(size);
  return nodeHash(rangeHash(start, left, read), rangeHash(start + left, size - left, read));
}

/** The largest power of two below a size of at least 2: the leaves on the left of the root. */
function leftSize(size: number): number {
  let left = 1;
  while (left * 2 < size) left *= 2;
  return left;
}

function isComplete(size: number): boolean {
  return size === 1 || leftSize(size) * 2 === size;
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function areHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash.length === hashLength);
}
