import type { Migration } from "../../../database/migrate.ts";
import { createSealedTable, sealedTable } from "../../../database/sealed-row.ts";
import type { Sql } from "../../../database/sql.ts";
import { sql } from "../../../database/sql.ts";

/** The trails of an account, by their home region. Lists are JSON text. */
export const trailsTable = sealedTable(
  "trails",
  { account_id: "text", region: "text", trails: "text", version: "integer" },
  ["account_id", "region"],
);

/** How far the delivery of each trail has come with the events of each region. */
export const deliveriesTable = sealedTable(
  "trail_deliveries",
  { trail_id: "text", region: "text", account_id: "text", state: "text", version: "integer" },
  ["trail_id", "region"],
);

/** The RSA keys that sign the digests of a region; private halves are wrapped. */
export const digestKeysTable = sealedTable(
  "digest_keys",
  { region: "text", keys: "text", version: "integer" },
  ["region"],
);

export const trailsMigrations: readonly Migration[] = [
  {
    name: "0013-trails",
    statements: (dialect) =>
      [trailsTable, deliveriesTable, digestKeysTable].map((table) =>
        createSealedTable(table, dialect),
      ),
  },
];

/** The versions of all trails, of their delivery, and of the keys of digests. */
export const trailVersions: readonly Sql[] = [
  sql`SELECT 'trails/' || account_id || '/' || region AS aggregate, version FROM trails`,
  sql`SELECT 'trail-delivery/' || trail_id || '/' || region AS aggregate, version FROM trail_deliveries`,
  sql`SELECT 'digest-keys/' || region AS aggregate, version FROM digest_keys`,
];
