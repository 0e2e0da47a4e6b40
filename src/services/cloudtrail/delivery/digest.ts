import { sha256 } from "../../../crypto/hash.ts";
import type { DeliveredDigest, DeliveredFile } from "../model/delivery.ts";
import { isoSecond } from "./object-keys.ts";

/** What a digest says. */
export interface DigestContents {
  readonly account: string;
  readonly bucket: string;
  readonly object: string;
  readonly from: Date;
  readonly to: Date;
  /** Of the public key that it can be checked with. */
  readonly fingerprint: string;
  readonly files: readonly DeliveredFile[];
  /** The digest before it; undefined for the first of a chain. */
  readonly previous?: DeliveredDigest | undefined;
}

export const digestSignatureAlgorithm = "SHA256withRSA";
const hashAlgorithm = "SHA-256";

/** A digest in CloudTrail's form, before its compression. */
export function formatDigest(contents: DigestContents): Buffer {
  const { files, previous } = contents;
  const times = (pick: (...times: readonly number[]) => number, of: "newest" | "oldest") =>
    files.length === 0
      ? null
      : isoSecond(new Date(pick(...files.map((file) => file[of].getTime()))));
  const digest = {
    awsAccountId: contents.account,
    digestStartTime: isoSecond(contents.from),
    digestEndTime: isoSecond(contents.to),
    digestS3Bucket: contents.bucket,
    digestS3Object: contents.object,
    digestPublicKeyFingerprint: contents.fingerprint,
    digestSignatureAlgorithm,
    newestEventTime: times(Math.max, "newest"),
    oldestEventTime: times(Math.min, "oldest"),
    previousDigestS3Bucket: previous?.bucket ?? null,
    previousDigestS3Object: previous?.object ?? null,
    previousDigestHashValue: previous?.hash ?? null,
    previousDigestHashAlgorithm: previous === undefined ? null : hashAlgorithm,
    previousDigestSignature: previous?.signature ?? null,
    logFiles: files.map(formatFile),
  };
  return Buffer.from(JSON.stringify(digest));
}

function formatFile({ bucket, object, hash, newest, oldest }: DeliveredFile) {
  return {
    s3Bucket: bucket,
    s3Object: object,
    hashValue: hash,
    hashAlgorithm,
    newestEventTime: isoSecond(newest),
    oldestEventTime: isoSecond(oldest),
  };
}

/** What is signed of a digest: its end, its place, the hash of its bytes, and through the signature before it the whole chain. */
export function digestStringToSign(
  { to, bucket, object, previous }: DigestContents,
  digest: Uint8Array,
): string {
  return [
    isoSecond(to),
    `${bucket}/${object}`,
    hexHash(digest),
    previous?.signature ?? "null",
  ].join("\n");
}

/** The hash by which digests name files, and one another. */
export function hexHash(bytes: Uint8Array): string {
  return sha256(bytes).toString("hex");
}
