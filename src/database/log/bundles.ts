import { decodeBundle, tilePath, tileWidth } from "../../audit/tiles.ts";
import type { LogFiles } from "./log-files.ts";

/** How often a bundle is looked for that a running server replaces meanwhile: each time it has signed anew. */
const patience = 10;

/**
 * The first entries of a bundle, as many as a checkpoint speaks of; none of them when the bundle is damaged, undefined when there is
 * none. A running server removes what only older checkpoints need: a bundle that has grown since holds the same entries first.
 */
export function readBundle(
  files: LogFiles,
  index: number,
  width: number,
): readonly Uint8Array[] | undefined {
  for (let again = 0; again < patience; again++) {
    const bytes = files.read(tilePath("entries", index, width));
    if (bytes !== undefined) return decodeBundle(bytes) ?? [];
    if (width === tileWidth) return undefined;
    const grown = readGrown(files, index, width);
    if (grown !== undefined) return grown.slice(0, width);
  }
  return undefined;
}

function readGrown(
  files: LogFiles,
  index: number,
  width: number,
): readonly Uint8Array[] | undefined {
  const partial = files
    .list(`${tilePath("entries", index)}.p`)
    .map((name) => Number(name.split("/").at(-1)))
    .filter((wider) => wider > width)
    .toSorted((a, b) => a - b);
  for (const wider of [...partial, tileWidth]) {
    const bytes = files.read(tilePath("entries", index, wider));
    const entries = bytes && decodeBundle(bytes);
    // One that is being written has not all of its entries yet.
    if (entries?.length === wider) return entries;
  }
  return undefined;
}
