import type { Migration } from "./migrate.ts";
import { createSealedTable, sealedTable } from "./sealed-row.ts";

/** The one row about the deployment itself, sealed under the root key. */
export const deploymentTable = sealedTable(
  "deployment",
  {
    singleton: "integer",
    deployment_id: "text",
    created_at: "integer",
    /** Ed25519 key that signs the audit journal's checkpoints: SPKI, and PKCS#8 wrapped under the root key. */
    audit_public_key: "blob",
    audit_private_key: "blob",
  },
  ["singleton"],
);

/** Steps of the tables that belong to no service. */
export const databaseMigrations: readonly Migration[] = [
  {
    name: "0001-foundation",
    statements: (dialect) => [
      createSealedTable(deploymentTable, dialect),
      // The root key, once for every root source that can unwrap it. Its wrapping authenticates it.
      `CREATE TABLE root_keys (version ${dialect.integerType}, source TEXT, wrapped ${dialect.blobType} NOT NULL, PRIMARY KEY (version, source))`,
      // Domain keys, wrapped under the root key and bound to account, region and epoch.
      `CREATE TABLE domain_keys (account_id TEXT, region TEXT, epoch ${dialect.integerType}, wrapped ${dialect.blobType} NOT NULL, PRIMARY KEY (account_id, region, epoch))`,
      // Records of committed state changes until the journal has them.
      `CREATE TABLE outbox (sequence ${dialect.integerType} PRIMARY KEY, kind ${dialect.textType} NOT NULL, payload ${dialect.blobType} NOT NULL)`,
    ],
  },
  {
    name: "0002-root-versions",
    statements: (dialect) => [
      // The version of the root key that wraps it: while that is rotated, some have the older one.
      `ALTER TABLE domain_keys ADD COLUMN root_version ${dialect.integerType} NOT NULL DEFAULT 1`,
    ],
  },
  {
    name: "0014-version-tree",
    statements: (dialect) => [
      // The version of every aggregate by the bucket of the tree that its name belongs to, and the digests of the buckets.
      `CREATE TABLE aggregate_versions (bucket ${dialect.integerType} NOT NULL, aggregate ${dialect.textType} NOT NULL, version ${dialect.integerType} NOT NULL, PRIMARY KEY (bucket, aggregate)) ${dialect.tableOptions}`,
      `CREATE TABLE version_buckets (bucket ${dialect.integerType} PRIMARY KEY, digest ${dialect.blobType} NOT NULL)`,
      `CREATE TABLE version_tree (singleton ${dialect.integerType} PRIMARY KEY, salt ${dialect.blobType} NOT NULL)`,
    ],
  },
];
