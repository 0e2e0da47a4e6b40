import type { Migration } from "../../../database/migrate.ts";
import { createSealedTable, sealedTable } from "../../../database/sealed-row.ts";
import type { Sql } from "../../../database/sql.ts";
import { sql } from "../../../database/sql.ts";

export const accountsTable = sealedTable(
  "accounts",
  { account_id: "text", name: "text", created_at: "integer", version: "integer" },
  ["account_id"],
);

/** Users; the row with an empty name is the account's root user. Lists and documents are JSON text. */
export const usersTable = sealedTable(
  "users",
  {
    account_id: "text",
    user_name: "text",
    user_id: "text",
    created_at: "integer",
    group_names: "text",
    managed_policies: "text",
    inline_policies: "text",
    tags: "text",
    version: "integer",
    access_keys_digest: "blob",
  },
  ["account_id", "user_name"],
);

/** Access keys are found by their id alone (it is all that a signature names), so the account is no part of the primary key. */
export const accessKeysTable = sealedTable(
  "access_keys",
  {
    access_key_id: "text",
    account_id: "text",
    user_name: "text",
    created_at: "integer",
    status: "text",
    wrapped_secret: "blob",
  },
  ["access_key_id"],
);

export const groupsTable = sealedTable(
  "groups",
  {
    account_id: "text",
    group_name: "text",
    group_id: "text",
    created_at: "integer",
    managed_policies: "text",
    inline_policies: "text",
    version: "integer",
  },
  ["account_id", "group_name"],
);

export const managedPoliciesTable = sealedTable(
  "managed_policies",
  {
    account_id: "text",
    policy_name: "text",
    policy_id: "text",
    created_at: "integer",
    document: "text",
    version: "integer",
  },
  ["account_id", "policy_name"],
);

export const iamMigrations: readonly Migration[] = [
  {
    name: "0002-identities",
    statements: (dialect) => [
      ...[accountsTable, usersTable, accessKeysTable, groupsTable, managedPoliciesTable].map(
        (table) => createSealedTable(table, dialect),
      ),
      "CREATE INDEX access_keys_by_user ON access_keys (account_id, user_name)",
    ],
  },
];

/** The versions of all identities; the names are those of `aggregates`. */
export const identityVersions: readonly Sql[] = [
  sql`SELECT 'user/' || account_id || '/' || user_name AS aggregate, version FROM users`,
  sql`SELECT 'group/' || account_id || '/' || group_name AS aggregate, version FROM groups`,
  sql`SELECT 'policy/' || account_id || '/' || policy_name AS aggregate, version FROM managed_policies`,
];
