import type { Migration } from "../../../database/migrate.ts";
import { createSealedTable, sealedTable } from "../../../database/sealed-row.ts";
import type { Sql } from "../../../database/sql.ts";
import { sql } from "../../../database/sql.ts";

/** Organizations, by the account that created each. Lists and maps are JSON text. */
export const organizationsTable = sealedTable(
  "organizations",
  {
    management_account: "text",
    organization_id: "text",
    root_id: "text",
    created_at: "integer",
    enabled: "integer",
    accounts: "text",
    requests: "text",
    policies: "text",
    attachments: "text",
    tags: "text",
    version: "integer",
  },
  ["management_account"],
);

/** Which organization an account belongs to, the one that created it included. Sealed, as the organization is, by that account's key. */
export const membershipsTable = sealedTable(
  "organization_memberships",
  { account_id: "text", management_account: "text", version: "integer" },
  ["account_id"],
);

export const organizationsMigrations: readonly Migration[] = [
  {
    name: "0012-organizations",
    statements: (dialect) =>
      [organizationsTable, membershipsTable].map((table) => createSealedTable(table, dialect)),
  },
];

/** The versions of all organizations and memberships. */
export const organizationVersions: readonly Sql[] = [
  sql`SELECT 'organization/' || management_account AS aggregate, version FROM organizations`,
  sql`SELECT 'membership/' || account_id AS aggregate, version FROM organization_memberships`,
];
