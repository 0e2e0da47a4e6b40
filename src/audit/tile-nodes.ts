import { IntegrityError } from "../base/errors.ts";
import { pathOf, widthAt } from "./log-names.ts";
import { completeRoot } from "./tile-tree.ts";
import { tileHeight, tileWidth } from "./tiles.ts";
import type { ReadNode } from "./tree.ts";
import { hashLength } from "./tree.ts";

/** Reads the nodes of a log of a size from its tiles, to make proofs with. Throws IntegrityError for a tile that is missing or short. */
export function nodesOf(
  size: number,
  readFile: (name: string) => Uint8Array | undefined,
): ReadNode {
  return (level, index) => {
    const leaves = 2 ** (level % tileHeight);
    const tileLevel = Math.floor(level / tileHeight);
    const tile = Math.floor((index * leaves) / tileWidth);
    const name = pathOf({ level: tileLevel, index: tile, width: widthAt(tileLevel, tile, size) });
    const start = ((index * leaves) % tileWidth) * hashLength;
    const hashes = readFile(name)?.subarray(start, start + leaves * hashLength);
    if (hashes?.length === leaves * hashLength) return completeRoot(hashes);
    throw new IntegrityError(`${name} is missing or too short`);
  };
}
