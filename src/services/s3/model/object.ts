import { compareUtf8 } from "../../../base/bytes.ts";
import { sha256 } from "../../../crypto/hash.ts";

/**
 * How the bytes of an object are encrypted: under a key of our own for this object, or one that a KMS key wraps; or not at all, and then
 * the hashes of its pieces vouch for them.
 */
export type ObjectEncryption =
  | { readonly kind: "none"; readonly pieceHashes: Uint8Array }
  | { readonly kind: "AES256"; readonly wrappedKey: Uint8Array }
  | {
      readonly kind: "aws:kms";
      /** ARN. */
      readonly keyId: string;
      readonly wrappedKey: Uint8Array;
      readonly context: Readonly<Record<string, string>>;
    };

/** What is known of an object beside its bytes. */
export interface StoredObject {
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  /** Without quotation marks. */
  readonly etag: string;
  readonly modifiedAt: Date;
  /** Headers that came with it and go out with it, such as Content-Type. */
  readonly headers: ObjectHeaders;
  /** What stands behind `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly encryption: ObjectEncryption;
  /** Of the file that holds the bytes, and of them alone wherever they are. */
  readonly fileId: string;
  /** Whether the bytes stand under the object's key in a place of the operator's instead. */
  readonly elsewhere: boolean;
  readonly version: number;
}

/** Headers of an object by the names of members. */
export interface ObjectHeaders {
  readonly ContentType?: string | undefined;
  readonly ContentEncoding?: string | undefined;
  readonly ContentDisposition?: string | undefined;
  readonly ContentLanguage?: string | undefined;
  readonly CacheControl?: string | undefined;
}

/** What stands for a key where its characters could mean something. */
export function keyHash(key: string): string {
  return sha256(Buffer.from(key, "utf8")).toString("hex");
}

/** The name of an object's aggregate. */
export function objectAggregate(bucket: string, key: string): string {
  return `object/${bucket}/${keyHash(key)}`;
}

/** Whether a key comes behind another in a listing. */
export function isAfter(key: string, other: string): boolean {
  return compareUtf8(key, other) > 0;
}
