import type { XksCiphertext } from "./answers.ts";

/**
 * What the external key manager made of the inner layer, behind the header of a blob (docs/ciphertext-format.md):
 * length of the IV (1) ‖ IV ‖ tag (16) ‖ length of the proxy's metadata (1) ‖ metadata ‖ ciphertext.
 */
export function encodeOuterLayer({ iv, tag, metadata, ciphertext }: XksCiphertext): Buffer {
  return Buffer.concat([
    Buffer.of(iv.length),
    iv,
    tag,
    Buffer.of(metadata.length),
    metadata,
    ciphertext,
  ]);
}

const tagLength = 16;

/** Reads an outer layer; undefined when a length cannot be. */
export function decodeOuterLayer(bytes: Uint8Array): XksCiphertext | undefined {
  const ivLength = bytes[0];
  if (ivLength !== 12 && ivLength !== 16) return undefined;
  const tagAt = 1 + ivLength;
  const metadataAt = tagAt + tagLength + 1;
  const metadataLength = bytes[metadataAt - 1];
  if (metadataLength === undefined || metadataLength > 20) return undefined;
  const ciphertextAt = metadataAt + metadataLength;
  if (bytes.length <= ciphertextAt) return undefined;
  return {
    iv: bytes.subarray(1, tagAt),
    tag: bytes.subarray(tagAt, tagAt + tagLength),
    metadata: bytes.subarray(metadataAt, ciphertextAt),
    ciphertext: bytes.subarray(ciphertextAt),
  };
}
