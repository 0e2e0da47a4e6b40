import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import type { Database, Reader } from "../../src/database/database.ts";
import { render } from "../../src/database/database.ts";
import { Domains } from "../../src/database/domains.ts";
import { migrate } from "../../src/database/migrate.ts";
import type { Sql } from "../../src/database/sql.ts";
import { openSqlite } from "../../src/database/sqlite.ts";
import { databaseMigrations } from "../../src/database/tables.ts";
import type { Domain } from "../../src/keystore/domain.ts";
import { RootKey } from "../../src/keystore/root.ts";
import { IdentityTables } from "../../src/services/iam/tables/identities.ts";
import { iamMigrations } from "../../src/services/iam/tables/schema.ts";
import { KeyTables } from "../../src/services/kms/tables/key-tables.ts";
import { KnownKeys } from "../../src/services/kms/tables/known-keys.ts";
import {
  listAliases,
  listDue,
  listKeyIds,
  listRetirable,
} from "../../src/services/kms/tables/listings.ts";
import { kmsMigrations } from "../../src/services/kms/tables/schema.ts";

const account = "111122223333";
const region = "us-east-1";
const folder = mkdtempSync(join(tmpdir(), "keywright-pages-"));
const path = join(folder, "keywright.db");
const root = RootKey.generate();
const queries: Sql[] = [];
let database: Database;
/** Reads, and remembers what was asked. */
let reader: Reader;
let domain: Domain;

before(async () => {
  database = openSqlite(path);
  await migrate(database, [...databaseMigrations, ...iamMigrations, ...kmsMigrations]);
  const created = await new Domains(root, database).findOrCreate(account, region);
  await database.apply(created.change.writes);
  domain = created.domain;
  reader = {
    dialect: database.dialect,
    read(...asked) {
      queries.push(...asked);
      return database.read(...asked);
    },
  };
});
after(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});

/** How SQLite finds and orders the rows of a query. */
function planOf(query: Sql): readonly string[] {
  using connection = new DatabaseSync(path, { readOnly: true });
  const rows = connection
    .prepare(`EXPLAIN QUERY PLAN ${render(query, reader.dialect)}`)
    .all(...query.values);
  return rows.map((row) => String(row["detail"]));
}

const keyId = "00000000-0000-4000-8000-000000000001";
const reads: Readonly<Record<string, () => Promise<unknown>>> = {
  "a page of keys": () => listKeyIds(reader, domain, keyId, 100),
  "a page of aliases": () => listAliases(reader, domain, "alias/a", 100),
  ...Object.fromEntries(
    (["user", "group", "role", "policy"] as const).map((kind) => [
      `a page of entities of the kind ${kind}`,
      () =>
        new IdentityTables(reader, new Domains(root, reader)).list(kind, account, {
          after: "a",
          most: 100,
        }),
    ]),
  ),
  "a page of grants to retire": () =>
    listRetirable(reader, region, "AIDA", "a", 100, async () => domain),
  "what is due": () => listDue(reader, new Date(), 100),
  "a key": () =>
    new KeyTables(reader, new Domains(root, reader), new KnownKeys(2 ** 20)).find(
      account,
      region,
      keyId,
    ),
  "a key by its id alone": () =>
    new KeyTables(reader, new Domains(root, reader), new KnownKeys(2 ** 20)).findById(
      region,
      keyId,
    ),
  "a key by an alias": () =>
    new KeyTables(reader, new Domains(root, reader), new KnownKeys(2 ** 20)).findByAlias(
      account,
      region,
      "alias/a",
    ),
  "the owner of an access key": () =>
    new IdentityTables(reader, new Domains(root, reader)).findAccessKeyOwner("AKIA"),
  "a user": () =>
    new IdentityTables(reader, new Domains(root, reader)).find("user", account, "alice"),
};

/** Columns each of which alone leaves few rows, or where a page begins. */
const telling =
  /\b(key_id|alias_name|grant_id|access_key_id|user_name|group_name|role_name|policy_name)[=>]|\((state=\? AND )?(deletion_date|next_rotation|material_expiry)</;

for (const [what, read] of Object.entries(reads))
  test(`${what} is found by an index that leads to few rows, however many there are`, async () => {
    queries.length = 0;
    await read();
    assert.ok(queries.length > 0);
    for (const query of queries.filter(ofMany))
      for (const step of planOf(query).filter((each) => /^(SCAN|SEARCH)/.test(each)))
        assert.match(step, telling, query.chunks.join("?"));
  });

for (const what of Object.keys(reads).filter((each) => each.startsWith("a page")))
  test(`${what} comes in the order of an index: nothing is sorted for it`, async () => {
    queries.length = 0;
    await reads[what]?.();
    for (const query of queries)
      for (const step of planOf(query)) assert.doesNotMatch(step, /TEMP B-TREE/);
  });

/** Domain keys are few. */
function ofMany({ chunks }: Sql): boolean {
  return !chunks.join("?").includes("FROM domain_keys");
}
