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
  sort(names);
  let length = 4;
  for (const name of names) length += 8 + lengthOf(name) + lengthOf(context[name] ?? "");
  const bytes = Buffer.allocUnsafe(length);
  let at = bytes.writeUInt32BE(names.length);
  for (const name of names) at = writeText(bytes, context[name] ?? "", writeText(bytes, name, at));
  return bytes;
}

/** More names are V8's to sort, which makes more garbage of a few than all the rest does. */
const few = 8;

/** Sorts names by their UTF-8 bytes, in place. */
function sort(names: string[]): void {
  if (names.length > few) names.sort(compareUtf8);
  else for (let sorted = 1; sorted < names.length; sorted++) insert(names, sorted);
}

/** Moves a name to its place among those before it. */
function insert(names: string[], from: number): void {
  const name = names[from] ?? "";
  let at = from;
  for (; at > 0; at--) {
    const before = names[at - 1] ?? "";
    if (compareUtf8(before, name) <= 0) break;
    names[at] = before;
  }
  names[at] = name;
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
