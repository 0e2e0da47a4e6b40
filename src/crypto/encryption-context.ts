import { compareUtf8 } from "../base/bytes.ts";

/** What a caller binds to a ciphertext: pairs of text, order without meaning. */
export type EncryptionContext = Readonly<Record<string, string>>;

/**
 * The bytes of an encryption context: the count, then each pair sorted by the UTF-8 bytes of its name, every string behind
 * its 32-bit length. No two contexts encode alike; the empty context equals an absent one. No Unicode normalisation.
 * Throws TypeError on a lone surrogate: UTF-8 has no form of its own for it.
 */
export function encodeEncryptionContext(context: EncryptionContext = {}): Buffer {
  const names = Object.keys(context);
  if (names.length > 1 && !isSorted(names)) names.sort(compareUtf8);
  let length = 4;
  for (const name of names) length += 8 + lengthOf(name) + lengthOf(context[name] ?? "");
  const bytes = Buffer.allocUnsafe(length);
  let at = bytes.writeUInt32BE(names.length);
  for (const name of names) at = writeText(bytes, context[name] ?? "", writeText(bytes, name, at));
  return bytes;
}

/** Sorting is for those that are not sorted: it takes as long as all the rest. */
function isSorted(names: readonly string[]): boolean {
  for (let at = 1; at < names.length; at++)
    if (compareUtf8(names[at - 1] ?? "", names[at] ?? "") > 0) return false;
  return true;
}

function lengthOf(text: string): number {
  if (!text.isWellFormed()) throw new TypeError("the encryption context is not Unicode text");
  return Buffer.byteLength(text);
}

/** Writes a text behind its length, and returns where it ends. */
function writeText(bytes: Buffer, text: string, at: number): number {
  const written = bytes.write(text, at + 4);
  return bytes.writeUInt32BE(written, at) + written;
}
