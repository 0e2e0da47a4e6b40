import type { Migration } from "../../../database/migrate.ts";
import { createSealedTable, sealedTable } from "../../../database/sealed-row.ts";
import type { Sql } from "../../../database/sql.ts";
import { sql } from "../../../database/sql.ts";

export const keysTable = sealedTable(
  "keys",
  {
    account_id: "text",
    region: "text",
    key_id: "text",
    created_at: "integer",
    spec: "text",
    usage: "text",
    origin: "text",
    manager: "text",
    state: "text",
    description: "text",
    deletion_date: "integer or null",
    policy: "text",
    tags: "text",
    rotation_period: "integer or null",
    next_rotation: "integer or null",
    current_material: "text",
    version: "integer",
    /** Digest of the MACs of all rows below that belong to the key. */
    children_digest: "blob",
  },
  ["account_id", "region", "key_id"],
);

export const materialsTable = sealedTable(
  "key_materials",
  {
    account_id: "text",
    region: "text",
    key_id: "text",
    material_id: "text",
    generation: "integer",
    created_at: "integer",
    rotation: "text or null",
    wrapped: "blob",
  },
  ["account_id", "region", "key_id", "material_id"],
);

export const aliasesTable = sealedTable(
  "aliases",
  {
    account_id: "text",
    region: "text",
    alias_name: "text",
    key_id: "text",
    created_at: "integer",
    updated_at: "integer",
  },
  ["account_id", "region", "alias_name"],
);

export const grantsTable = sealedTable(
  "grants",
  {
    account_id: "text",
    region: "text",
    key_id: "text",
    grant_id: "text",
    name: "text",
    created_at: "integer",
    grantee: "text",
    grantee_is_service: "integer",
    retiring: "text or null",
    retiring_is_service: "integer",
    issuing_account: "text",
    operations: "text",
    constraints: "text or null",
  },
  ["account_id", "region", "key_id", "grant_id"],
);

export const kmsMigrations: readonly Migration[] = [
  {
    name: "0003-keys",
    statements: (dialect) => [
      ...[keysTable, materialsTable, aliasesTable, grantsTable].map((table) =>
        createSealedTable(table, dialect),
      ),
      // A ciphertext names its key by id alone; no two accounts share an id in one region.
      "CREATE UNIQUE INDEX keys_by_id ON keys (region, key_id)",
      "CREATE INDEX keys_by_deletion ON keys (state, deletion_date)",
      "CREATE INDEX keys_by_rotation ON keys (state, next_rotation)",
      "CREATE INDEX aliases_by_key ON aliases (account_id, region, key_id)",
      "CREATE INDEX grants_by_retiring ON grants (region, retiring)",
    ],
  },
];

/** The versions of all keys, tombstones included; the names are those of `keyAggregate`. */
export const keyVersions: Sql = sql`
  SELECT 'key/' || account_id || '/' || region || '/' || key_id AS aggregate, version FROM keys`;
