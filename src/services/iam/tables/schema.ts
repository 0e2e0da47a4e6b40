import type { Migration } from "../../../database/migrate.ts";
import { addColumns, createSealedTable, sealedTable } from "../../../database/sealed-row.ts";
import type { Sql } from "../../../database/sql.ts";
import { sql } from "../../../database/sql.ts";

export const accountsTable = sealedTable(
  "accounts",
  {
    account_id: "text",
    name: "text",
    created_at: "integer",
    version: "integer",
    alias: "text later",
    /** JSON. */
    password_policy: "text later",
  },
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
    /** Absent for `/`. */
    path: "text later",
    boundary: "text later",
    password_hash: "blob later",
    password_created_at: "integer later",
    password_reset: "integer later",
    password_changed_at: "integer later",
    /** JSON: base64 of wrapped hashes. */
    earlier_passwords: "text later",
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

/** The last use of every access key. */
export const accessKeyUsesTable = sealedTable(
  "access_key_uses",
  {
    access_key_id: "text",
    account_id: "text",
    used_at: "integer",
    service: "text",
    region: "text",
  },
  ["access_key_id"],
);

/** The newest credential report of every account. */
export const credentialReportsTable = sealedTable(
  "credential_reports",
  { account_id: "text", generated_at: "integer", content: "text" },
  ["account_id"],
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
    path: "text later",
  },
  ["account_id", "group_name"],
);

export const rolesTable = sealedTable(
  "roles",
  {
    account_id: "text",
    role_name: "text",
    role_id: "text",
    path: "text",
    created_at: "integer",
    trust_policy: "text",
    description: "text",
    max_session: "integer",
    managed_policies: "text",
    inline_policies: "text",
    tags: "text",
    boundary: "text or null",
    version: "integer",
  },
  ["account_id", "role_name"],
);

export const managedPoliciesTable = sealedTable(
  "managed_policies",
  {
    account_id: "text",
    policy_name: "text",
    policy_id: "text",
    created_at: "integer",
    /** The version in force. */
    document: "text",
    version: "integer",
    path: "text later",
    description: "text later",
    updated_at: "integer later",
    tags: "text later",
    default_version: "text later",
    /** JSON: id, moment and, but for the one in force, document of every version. */
    versions: "text later",
    last_version: "integer later",
  },
  ["account_id", "policy_name"],
);

export const providersTable = sealedTable(
  "oidc_providers",
  {
    account_id: "text",
    url: "text",
    created_at: "integer",
    client_ids: "text",
    thumbprints: "text",
    tags: "text",
    version: "integer",
  },
  ["account_id", "url"],
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
  {
    name: "0010-iam",
    statements: (dialect) => [
      ...addColumns(accountsTable, ["alias"], dialect),
      ...addColumns(
        usersTable,
        ["path", "boundary", "password_hash", "password_created_at", "password_reset"],
        dialect,
      ),
      ...addColumns(groupsTable, ["path"], dialect),
      ...addColumns(
        managedPoliciesTable,
        [
          "path",
          "description",
          "updated_at",
          "tags",
          "default_version",
          "versions",
          "last_version",
        ],
        dialect,
      ),
      createSealedTable(rolesTable, dialect),
      createSealedTable(providersTable, dialect),
      // Names of one kind differ by more than the case of their letters.
      "CREATE UNIQUE INDEX users_by_name ON users (account_id, lower(user_name))",
      "CREATE UNIQUE INDEX groups_by_name ON groups (account_id, lower(group_name))",
      "CREATE UNIQUE INDEX roles_by_name ON roles (account_id, lower(role_name))",
      "CREATE UNIQUE INDEX policies_by_name ON managed_policies (account_id, lower(policy_name))",
      "CREATE UNIQUE INDEX accounts_by_alias ON accounts (alias)",
    ],
  },
  {
    name: "0011-unique-ids",
    statements: () => [
      // Policies and grants name users and roles by their ids.
      "CREATE INDEX users_by_id ON users (user_id)",
      "CREATE INDEX roles_by_id ON roles (role_id)",
    ],
  },
  {
    name: "0011-passwords-and-uses",
    statements: (dialect) => [
      ...addColumns(accountsTable, ["password_policy"], dialect),
      ...addColumns(usersTable, ["password_changed_at", "earlier_passwords"], dialect),
      createSealedTable(accessKeyUsesTable, dialect),
      createSealedTable(credentialReportsTable, dialect),
      "CREATE INDEX access_key_uses_by_account ON access_key_uses (account_id)",
    ],
  },
];

/** The versions of all identities; the names are those of `aggregateOf`. An account as it was made has version 0: none. */
export const identityVersions: readonly Sql[] = [
  sql`SELECT 'account/' || account_id AS aggregate, version - 1 AS version FROM accounts WHERE version > 1`,
  sql`SELECT 'user/' || account_id || '/' || user_name AS aggregate, version FROM users`,
  sql`SELECT 'group/' || account_id || '/' || group_name AS aggregate, version FROM groups`,
  sql`SELECT 'policy/' || account_id || '/' || policy_name AS aggregate, version FROM managed_policies`,
  sql`SELECT 'role/' || account_id || '/' || role_name AS aggregate, version FROM roles`,
  sql`SELECT 'provider/' || account_id || '/' || url AS aggregate, version FROM oidc_providers`,
];
