import type { Migration } from "../../../database/migrate.ts";
import { addColumns, createSealedTable, sealedTable } from "../../../database/sealed-row.ts";
import type { Sql } from "../../../database/sql.ts";
import { sql } from "../../../database/sql.ts";

/** Buckets by name, sealed by the keys of their accounts and regions. */
export const bucketsTable = sealedTable(
  "s3_buckets",
  {
    name: "text",
    account_id: "text",
    region: "text",
    created_at: "integer",
    policy: "text or null",
    version: "integer",
  },
  ["name"],
);

/** Objects by bucket and key, sealed as their buckets are. Maps are JSON text. */
export const objectsTable = sealedTable(
  "s3_objects",
  {
    bucket: "text",
    object_key: "text",
    /** SHA-256 of the key: what its aggregate is called by. */
    key_hash: "text",
    size: "integer",
    etag: "text",
    modified_at: "integer",
    headers: "text",
    metadata: "text",
    encryption: "text",
    kms_key: "text or null",
    encryption_context: "text or null",
    wrapped_key: "blob",
    file_id: "text",
    version: "integer",
    /** 1 where the bytes are in a place of the operator's. */
    elsewhere: "integer later",
    /** Of bytes that are not encrypted. */
    piece_hashes: "blob later",
  },
  ["bucket", "object_key"],
);

/** Bytes in places of the operator's whose objects were deleted, until they are removed; sealed as the objects were. */
export const removalsTable = sealedTable(
  "s3_removals",
  {
    file_id: "text",
    bucket: "text",
    object_key: "text",
    account_id: "text",
    region: "text",
  },
  ["file_id"],
);

export const s3Migrations: readonly Migration[] = [
  {
    name: "0013-s3",
    statements: (dialect) => [
      ...[bucketsTable, objectsTable].map((table) => createSealedTable(table, dialect)),
      "CREATE INDEX s3_buckets_by_account ON s3_buckets (account_id, name)",
      "CREATE INDEX s3_objects_by_file ON s3_objects (file_id)",
    ],
  },
  {
    name: "0014-buckets-elsewhere",
    statements: (dialect) => [
      ...addColumns(objectsTable, ["elsewhere", "piece_hashes"], dialect),
      createSealedTable(removalsTable, dialect),
      "CREATE INDEX s3_objects_elsewhere ON s3_objects (bucket) WHERE elsewhere IS NOT NULL",
    ],
  },
];

/** The versions of all buckets and objects. */
export const s3Versions: readonly Sql[] = [
  sql`SELECT 'bucket/' || name AS aggregate, version FROM s3_buckets`,
  sql`SELECT 'object/' || bucket || '/' || key_hash AS aggregate, version FROM s3_objects`,
];
