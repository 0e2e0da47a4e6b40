import { secretBytes } from "./secret-bytes.ts";

/** Crockford's base32, for what people read and type: no I, L, O or U, and whichever case. */
const letters = "0123456789abcdefghjkmnpqrstvwxyz";

/** Encodes bytes; their number must be a multiple of five. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 5)
    for (let digit = 0; digit < 8; digit++) text += letters[fiveBits(bytes, at * 8 + digit * 5)];
  return text;
}

function fiveBits(bytes: Uint8Array, bit: number): number {
  const at = bit >> 3;
  const two = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return (two >> (11 - (bit & 7))) & 31;
}

const misread: Readonly<Record<string, string>> = { o: "0", i: "1", l: "1" };

/** Decodes ASCII digits in memory of its own, taking o for 0, i and l for 1; undefined when a digit or the length is wrong. */
export function decodeBase32(text: Uint8Array): Buffer | undefined {
  if (text.length % 8 !== 0) return undefined;
  const bytes = secretBytes((text.length / 8) * 5);
  for (const [place, code] of text.entries()) {
    const letter = String.fromCharCode(code).toLowerCase();
    const value = letters.indexOf(misread[letter] ?? letter);
    if (value < 0) return undefined;
    for (let bit = 0; bit < 5; bit++) {
      const at = place * 5 + bit;
      bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (((value >> (4 - bit)) & 1) << (7 - (at & 7)));
    }
  }
  return bytes;
}
