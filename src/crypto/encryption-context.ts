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
  if (!texts.every((text) => text.isWellFormed()))
    throw new TypeError("the encryption context is not Unicode text");
  const lengths = texts.map((text) => Buffer.byteLength(text, "utf8"));
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + length, 4));
  let at = bytes.writeUInt32BE(names.length);
  texts.forEach((text, index) => {
    at = bytes.writeUInt32BE(lengths[index] ?? 0, at);
    at += bytes.write(text, at, "utf8");
  });
  return bytes;
}
