import type { SealPurpose } from "./seal.ts";
import { saltLength, sealOverhead } from "./seal.ts";

/**
 * Ciphertext blob v1, the wire format of symmetric Encrypt, data keys and ReEncrypt (docs/ciphertext-format.md):
 *
 *     0 version 01 | 1 suite | 2 flags (bit 0: multi-Region) | 3 check byte | 4 key id (16) | 20 material id (16)
 *     36 salt (32) | 68 commitment (32) | 100 ciphertext | tag (16)
 *
 * The check byte is CRC-8 of the other header bytes before the salt. It is no defence (the commitment is): it tells a
 * damaged blob, always InvalidCiphertextException, from the blob of a key that does not exist here.
 */
export interface BlobHeader {
  /** Key id as clients write it: a UUID, or `mrk-` and 32 hex digits. */
  readonly keyId: string;
  /** First 16 bytes of the key material's id, as 32 hex digits. */
  readonly materialPrefix: string;
}

/** Where the key is: with us, in a PKCS#11 token, or behind our own in an external key manager. */
export const blobSuites = { software: 0x01, token: 0x02, external: 0x03 } as const;
export type BlobSuite = (typeof blobSuites)[keyof typeof blobSuites];

export const blobPurpose: SealPurpose = {
  domain: "kms/ct/v1",
  label: "kms/enc/v1/SYMMETRIC_DEFAULT",
};
/** Where the salt stands in the header of a blob, at its end. */
export const blobSaltAt = 36;
export const blobHeaderLength = blobSaltAt + saltLength;
const version = 0x01;
const knownSuites: ReadonlySet<number | undefined> = new Set(Object.values(blobSuites));
const multiRegion = 0x01;

/** Writes the header of a blob, salt included. */
export function encodeBlobHeader(
  keyId: string,
  materialId: string,
  salt: Uint8Array,
  suite: BlobSuite = blobSuites.software,
): Buffer {
  const header = Buffer.alloc(blobHeaderLength);
  header[0] = version;
  header[1] = suite;
  header[2] = keyId.startsWith("mrk-") ? multiRegion : 0;
  header.write(keyId.replace("mrk-", "").replaceAll("-", ""), 4, "hex");
  header.write(materialId.slice(0, 32), 20, "hex");
  header[3] = crc8(header);
  header.set(salt, blobSaltAt);
  return header;
}

/** Reads the header of a blob; undefined when it is not a well-formed v1 blob. Proves nothing about its origin. */
export function decodeBlobHeader(blob: Uint8Array): BlobHeader | undefined {
  if (blob.length <= blobHeaderLength + sealOverhead) return undefined;
  const header = Buffer.from(blob.buffer, blob.byteOffset, 36);
  const [blobVersion, blobSuite, flags = 0, check] = header;
  if (blobVersion !== version || !knownSuites.has(blobSuite) || flags > multiRegion)
    return undefined;
  if (check !== crc8(header)) return undefined;
  const id = header.toString("hex", 4, 20);
  return {
    keyId: flags === multiRegion ? `mrk-${id}` : formatUuid(id),
    materialPrefix: header.toString("hex", 20, 36),
  };
}

function formatUuid(digits: string): string {
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}

/** What CRC-8 makes of each byte. */
const crcOfByte = Uint8Array.from({ length: 256 }, (_each, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  return crc;
});

/** CRC-8 (polynomial 07) of the header's first 36 bytes without the check byte: any single flipped bit changes it. */
function crc8(header: Uint8Array): number {
  let crc = 0;
  for (let index = 0; index < 36; index++)
    if (index !== 3) crc = crcOfByte[crc ^ (header[index] ?? 0)] ?? 0;
  return crc;
}
