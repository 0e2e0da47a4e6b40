/** The files of a log in C2SP's tlog-tiles format: tiles of hashes, and bundles of entries. */

/** Hashes in a full tile, and entries in a full bundle. */
export const tileWidth = 256;
/** Levels of the tree that a tile spans. */
export const tileHeight = 8;
/** The longest entry that a bundle holds. */
export const longestEntry = 65_535;

/** Hashes side by side on one level of tiles: level L has the roots of the full tiles of level L - 1. */
export interface Tile {
  readonly level: number;
  readonly index: number;
  /** How many hashes. */
  readonly width: number;
  readonly bytes: Buffer;
}

/** The name of a tile, or of a bundle of entries, below the log's folder: `tile/0/x001/067.p/5`. */
export function tilePath(level: number | "entries", index: number, width = tileWidth): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, "0");
  const groups = padded.match(/\d{3}/g) ?? [];
  const number = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group));
  const partial = width === tileWidth ? "" : `.p/${width}`;
  return `tile/${level}/${number.join("/")}${partial}`;
}

/** Entries one after the other, each behind its length in 16 bits. Throws RangeError for an entry that is too long. */
export function encodeBundle(entries: readonly Uint8Array[]): Buffer {
  const bundle = Buffer.allocUnsafe(entries.reduce((sum, entry) => sum + 2 + entry.length, 0));
  let at = 0;
  for (const entry of entries) {
    if (entry.length > longestEntry)
      throw new RangeError(`an entry of ${entry.length} bytes is longer than ${longestEntry}`);
    at = bundle.writeUInt16BE(entry.length, at);
    bundle.set(entry, at);
    at += entry.length;
  }
  return bundle;
}

/** The entries of a bundle, as views; undefined when its bytes do not end with an entry. */
export function decodeBundle(bytes: Uint8Array): readonly Buffer[] | undefined {
  const bundle = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Buffer[] = [];
  for (let at = 0; at < bundle.length; ) {
    if (at + 2 > bundle.length) return undefined;
    const end = at + 2 + bundle.readUInt16BE(at);
    if (end > bundle.length) return undefined;
    entries.push(bundle.subarray(at + 2, end));
    at = end;
  }
  return entries;
}
