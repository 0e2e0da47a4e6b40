import type { OpenedRow, SealedRow, SealedTable } from "../../../database/sealed-row.ts";
import type { Bucket } from "../model/bucket.ts";
import type { ObjectEncryption, ObjectHeaders, StoredObject } from "../model/object.ts";
import { keyHash } from "../model/object.ts";
import type { bucketsTable, objectsTable } from "./schema.ts";

/** Between rows and the model: nothing is decided here. Moments are epoch milliseconds. */
type BucketColumns = typeof bucketsTable extends SealedTable<infer C> ? C : never;
type ObjectColumns = typeof objectsTable extends SealedTable<infer C> ? C : never;

export function bucketRow(bucket: Bucket): SealedRow<BucketColumns> {
  return {
    name: bucket.name,
    account_id: bucket.account,
    region: bucket.region,
    created_at: bucket.createdAt.getTime(),
    policy: bucket.policy ?? null,
    version: bucket.version,
  };
}

export function bucketFromRow(row: OpenedRow<BucketColumns>): Bucket {
  return {
    name: String(row.name),
    account: String(row.account_id),
    region: String(row.region),
    createdAt: new Date(Number(row.created_at)),
    ...(row.policy === null ? {} : { policy: String(row.policy) }),
    version: Number(row.version),
  };
}

const noBytes = new Uint8Array();

export function objectRow(object: StoredObject): SealedRow<ObjectColumns> {
  const { encryption } = object;
  const kms = encryption.kind === "aws:kms" ? encryption : undefined;
  return {
    bucket: object.bucket,
    object_key: object.key,
    key_hash: keyHash(object.key),
    size: object.size,
    etag: object.etag,
    modified_at: object.modifiedAt.getTime(),
    headers: JSON.stringify(object.headers),
    metadata: JSON.stringify(object.metadata),
    encryption: encryption.kind,
    kms_key: kms?.keyId ?? null,
    encryption_context: kms === undefined ? null : JSON.stringify(kms.context),
    wrapped_key: encryption.kind === "none" ? noBytes : encryption.wrappedKey,
    file_id: object.fileId,
    version: object.version,
    elsewhere: object.elsewhere ? 1 : null,
    piece_hashes: encryption.kind === "none" ? encryption.pieceHashes : null,
  };
}

/** INVARIANT: the row was verified, so its JSON and its bytes are what `objectRow` wrote. */
export function objectFromRow(row: OpenedRow<ObjectColumns>): StoredObject {
  return {
    bucket: String(row.bucket),
    key: String(row.object_key),
    size: Number(row.size),
    etag: String(row.etag),
    modifiedAt: new Date(Number(row.modified_at)),
    headers: JSON.parse(String(row.headers)) as ObjectHeaders,
    metadata: JSON.parse(String(row.metadata)) as StoredObject["metadata"],
    encryption: encryptionOf(row),
    fileId: String(row.file_id),
    elsewhere: row.elsewhere !== null,
    version: Number(row.version),
  };
}

function encryptionOf(row: OpenedRow<ObjectColumns>): ObjectEncryption {
  const wrappedKey = row.wrapped_key as Uint8Array;
  if (row.encryption === "none")
    return { kind: "none", pieceHashes: row.piece_hashes as Uint8Array };
  if (row.encryption === "AES256") return { kind: "AES256", wrappedKey };
  const context = JSON.parse(String(row.encryption_context)) as Readonly<Record<string, string>>;
  return { kind: "aws:kms", keyId: String(row.kms_key), wrappedKey, context };
}
