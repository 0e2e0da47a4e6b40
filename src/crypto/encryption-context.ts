import { compareUtf8 } from "../base/bytes.ts";

/** What a caller binds to a ciphertext: pairs of text, order without meaning. */
export type EncryptionContext = Readonly<Record<string, string>>;

/**
 * The bytes of an encryption context: the count, then each pair sorted by the UTF-8 bytes of its name, every string behind
 * its 32-bit length. No two contexts encode alike; the empty context equals an absent one. No Unicode normalisation.
 * Throws TypeError on a lone surrogate: UTF-8 has no form of its own for it.
 */
export function encodeEncryptionContext(context: EncryptionContext = {}): Buffer {
  const names = Object.keys(context).toSorted(compareUtf8);
  const texts = names.flatMap((name) => [name, context[name] ?? ""]);
  let length = 4;
  for (const text of texts) {
    if (!text.isWellFormed()) throw new TypeError("the encryption context is not Unicode text");
    length += 4 + Buffer.byteLength(text);
  }
  const bytes = Buffer.allocUnsafe(length);
  let at = bytes.writeUInt32BE(names.length);
  for (const text of texts) {
    const written = bytes.write(text, at + 4);
    at = bytes.writeUInt32BE(written, at) + written;
  }
  return bytes;
}
