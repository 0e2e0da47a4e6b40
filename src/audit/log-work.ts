import type { OpenedNote, VerifierKey } from "./note.ts";
import { openNote } from "./note.ts";
import { completeRoot } from "./tile-tree.ts";
import { tileHeight, tileWidth } from "./tiles.ts";
import { emptyRoot, hashLength, leafHash, nodeHash } from "./tree.ts";

/** The hashes of a bundle's entries. */
export interface Leaves {
  /** Side by side. */
  readonly hashes: Buffer;
  /** Bytes behind the last whole entry. */
  readonly rest: number;
  /** The first entry. */
  readonly first: Uint8Array | undefined;
}

/** All that is costly in a verification. Each is a pure function: who verifies many variants of a log may remember results. */
export interface Work {
  /** Opens a checkpoint. */
  open(note: Uint8Array, key: VerifierKey): OpenedNote | undefined;
  /** Hashes the entries of a bundle. */
  leaves(bundle: Uint8Array): Leaves;
  /** The roots of the complete subtrees that make up a tile, the largest first. */
  pieces(tile: Uint8Array): readonly Uint8Array[];
}

/** Does the work each time anew. */
export const plainWork: Work = {
  open: (note, key) => openNote(note, [key]),
  leaves: (bundle) => leavesOf(bundle, leafHash),
  pieces: piecesOf,
};

/** Hashes a bundle's whole entries, at most a full bundle of them. */
export function leavesOf(bundle: Uint8Array, hash: (entry: Uint8Array) => Uint8Array): Leaves {
  const hashes = Buffer.allocUnsafe(tileWidth * hashLength);
  let first: Uint8Array | undefined;
  let count = 0;
  let at = 0;
  while (count < tileWidth && at + 2 <= bundle.length) {
    const end = at + 2 + (bundle[at] ?? 0) * 256 + (bundle[at + 1] ?? 0);
    if (end > bundle.length) break;
    const entry = bundle.subarray(at + 2, end);
    first ??= entry;
    hashes.set(hash(entry), count * hashLength);
    count++;
    at = end;
  }
  return { hashes: hashes.subarray(0, count * hashLength), rest: bundle.length - at, first };
}

/** The roots of the complete subtrees over hashes side by side, the largest first. */
export function piecesOf(tile: Uint8Array): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (let leaves = 2 ** tileHeight; leaves >= 1; leaves /= 2) {
    const end = at + leaves * hashLength;
    if (end > tile.length) continue;
    pieces.push(completeRoot(tile.subarray(at, end)));
    at = end;
  }
  return pieces;
}

/** The root of a tree from the pieces of its partial tiles, those of the lowest level first. */
export function rootOfPieces(tiles: readonly (readonly Uint8Array[])[]): Uint8Array {
  let root: Uint8Array | undefined;
  for (const pieces of tiles)
    for (const piece of pieces.toReversed())
      root = root === undefined ? piece : nodeHash(piece, root);
  return root ?? emptyRoot;
}
