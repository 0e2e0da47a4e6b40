/** Builders of unambiguous byte strings: every variable part carries its length. */

/** The four bytes of an unsigned number, most significant first. */
export function u32(value: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The eight bytes of an unsigned number below 2^53, most significant first. */
export function u64(value: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** Bytes, or the UTF-8 bytes of text, behind their 32-bit length. */
export function lengthPrefixed(value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === "string" ? Buffer.from(value, "utf8") : value;
  return Buffer.concat([u32(bytes.length), bytes]);
}

/** Orders text by its UTF-8 bytes: as UTF-16 does, but for surrogates, which stand behind all else there. */
export function compareUtf8(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at++) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (left !== right) return rankOf(left) - rankOf(right);
  }
  return a.length - b.length;
}

/** Surrogates (D800 to DFFF) behind the units that follow them. */
function rankOf(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x1_0000 : unit;
}

/** Decodes standard padded base64; undefined when a character, the padding or the length is wrong. */
export function decodeBase64(text: string): Buffer | undefined {
  if (text.length % 4 !== 0 || text.includes("-") || text.includes("_")) return undefined;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = Buffer.from(text, "base64");
  return bytes.length === (text.length / 4) * 3 - padding ? bytes : undefined;
}

/** Decodes base64 that has one spelling only: standard alphabet, padded, no bits set behind the last byte. */
export function decodeStrictBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}

/** So many bytes, piece by piece. A piece that cannot be vouched for ends them with an error. */
export interface ByteStream {
  readonly length: number;
  readonly pieces: () => AsyncIterable<Uint8Array>;
}
