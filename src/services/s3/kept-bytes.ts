import type { Forward } from "../../api/invoke.ts";
import { sealObject } from "../../crypto/object-cipher.ts";
import { hashPieces } from "../../crypto/piece-hashes.ts";
import type { ObjectKey } from "./encryption.ts";
import { contextOf, newDataKey, newOwnKey } from "./encryption.ts";
import type { ObjectEncryption, ObjectHeaders } from "./model/object.ts";
import { invalidArgument } from "./model/refusals.ts";
import type { S3Thing, S3Tools } from "./operation.ts";

/** What of a request says how its bytes are to be kept. */
interface Asked extends ObjectHeaders {
  readonly Body: Uint8Array;
  readonly Metadata?: Readonly<Record<string, string>> | undefined;
  readonly ServerSideEncryption?: string | undefined;
  readonly SSEKMSKeyId?: string | undefined;
  readonly SSEKMSEncryptionContext?: string | undefined;
}

/** In whose name, and when, bytes are kept. */
interface Keeping {
  readonly forward: Forward;
  readonly now: Date;
}

/** Where bytes are, and what they open with. */
export interface KeptBytes {
  readonly fileId: string;
  readonly elsewhere: boolean;
  readonly encryption: ObjectEncryption;
}

/**
 * Makes the bytes of an object durable, where the bucket is kept. In the data folder all are encrypted. In a place of the operator's they
 * are as they came, for others to read, unless the request names an encryption. Throws InvalidArgument, what KMS refuses with, and what
 * the place fails with.
 */
export async function keepBytes(
  asked: Asked,
  thing: S3Thing,
  { ids, store, places }: Pick<S3Tools, "ids" | "places" | "store">,
  { forward, now }: Keeping,
): Promise<KeptBytes> {
  const { bucket, key = "" } = thing;
  const { Body, Metadata: metadata = {} } = asked;
  const fileId = ids.uuid();
  const elsewhere = places.ownerOf(bucket.name) !== undefined;
  const write = (bytes: Uint8Array, headers: ObjectHeaders): Promise<void> =>
    elsewhere
      ? places.write(bucket.name, { key, bytes, headers, metadata }, now)
      : store.write(fileId, bytes);
  if (elsewhere && !namesEncryption(asked)) {
    await write(Body, headersOf(asked));
    return { fileId, elsewhere, encryption: { kind: "none", pieceHashes: hashPieces(Body) } };
  }
  const drawn = await keyFor(asked, thing, { fileId, forward });
  const sealed = sealObject(drawn.key, Body);
  drawn.key.fill(0);
  await write(sealed, { ContentType: "application/octet-stream" });
  return { fileId, elsewhere, encryption: drawn.encryption };
}

/** Headers of a request that its object keeps. */
export function headersOf(asked: ObjectHeaders): ObjectHeaders {
  const { CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ContentType } = asked;
  return { CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ContentType };
}

function namesEncryption({ ServerSideEncryption, SSEKMSKeyId }: Asked): boolean {
  return ServerSideEncryption !== undefined || SSEKMSKeyId !== undefined;
}

/** Under the KMS key that the request names, or S3's own of the account. Throws InvalidArgument, and what KMS refuses with. */
async function keyFor(
  asked: Asked,
  { arn, domain }: S3Thing,
  { fileId, forward }: { readonly fileId: string; readonly forward: Forward },
): Promise<ObjectKey> {
  const { ServerSideEncryption: kind = "AES256", SSEKMSKeyId } = asked;
  if (kind === "AES256" && SSEKMSKeyId === undefined) return newOwnKey(fileId, domain);
  if (kind !== "aws:kms")
    throw invalidArgument(
      "The encryption method specified is not supported",
      "x-amz-server-side-encryption",
      kind,
    );
  const encryptionContext = contextOf(asked.SSEKMSEncryptionContext, arn);
  return newDataKey(SSEKMSKeyId ?? "alias/aws/s3", encryptionContext, forward);
}
