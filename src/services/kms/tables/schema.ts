import type { Migration } from "../../../database/migrate.ts";
import { addColumns, createSealedTable, sealedTable } from "../../../database/sealed-row.ts";
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
    /** JSON: primary region and replica regions. */
    multi_region: "text later",
    /** JSON: id of the custom key store, and what the key is called there. */
    custom_store: "text later",
    pending_window: "integer later",
    /** When the first of the key's imported materials ends. */
    material_expiry: "integer later",
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
    /** Empty while there is none. */
    wrapped: "blob",
    public_key: "blob later",
    /** Of a rotation that was later than the material. */
    rotated_at: "integer later",
    /** JSON: what belongs to imported material. */
    imported: "text later",
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

/** The last use of each key, in a table of its own: using a key changes nothing that calls rely on. */
export const keyUsageTable = sealedTable(
  "key_usage",
  {
    account_id: "text",
    region: "text",
    key_id: "text",
    used_at: "integer",
    operation: "text",
    event_id: "text",
    request_id: "text",
  },
  ["account_id", "region", "key_id"],
);

/** All custom key stores of an account in a region, as JSON: they are few, and unique among each other. */
export const customKeyStoresTable = sealedTable(
  "custom_key_stores",
  { account_id: "text", region: "text", version: "integer", stores: "text" },
  ["account_id", "region"],
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
  {
    name: "0004-all-origins",
    statements: (dialect) => [
      ...addColumns(
        keysTable,
        ["multi_region", "custom_store", "pending_window", "material_expiry"],
        dialect,
      ),
      ...addColumns(materialsTable, ["public_key", "rotated_at", "imported"], dialect),
      "CREATE INDEX keys_by_expiry ON keys (material_expiry)",
    ],
  },
  {
    name: "0005-key-usage",
    statements: (dialect) => [
      createSealedTable(keyUsageTable, dialect),
      // Since when the uses of keys that are older than this step are kept; without a row there were none.
      `CREATE TABLE usage_tracking (started_at ${dialect.integerType} NOT NULL)`,
      `INSERT INTO usage_tracking (started_at) SELECT ${dialect.now} WHERE EXISTS (SELECT 1 FROM keys)`,
      "CREATE INDEX customer_keys ON keys (account_id, region) WHERE manager = 'CUSTOMER' AND state <> 'Deleted'",
    ],
  },
  {
    name: "0006-custom-key-stores",
    statements: (dialect) => [
      createSealedTable(customKeyStoresTable, dialect),
      // Two keys never share an external key: the column names the store and the key in it.
      "CREATE UNIQUE INDEX keys_by_external_key ON keys (account_id, region, custom_store) WHERE origin = 'EXTERNAL_KEY_STORE' AND state <> 'Deleted'",
    ],
  },
  {
    name: "0015-retirable-grants",
    statements: () => [
      // In the order of their ids, so that a page costs the same however many a principal may retire.
      "DROP INDEX grants_by_retiring",
      "CREATE INDEX grants_to_retire ON grants (region, retiring, grant_id)",
    ],
  },
];

/**
 * The versions of everything of this service: of all keys, tombstones included, under the names of `keyAggregate`, and of
 * the custom key stores under those of `storesAggregate`.
 */
export const kmsVersions: readonly Sql[] = [
  sql`SELECT 'key/' || account_id || '/' || region || '/' || key_id AS aggregate, version FROM keys`,
  sql`SELECT 'custom-key-stores/' || account_id || '/' || region AS aggregate, version FROM custom_key_stores`,
];
