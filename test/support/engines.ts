import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Transaction } from "@electric-sql/pglite";
import { PGlite } from "@electric-sql/pglite";
import type { Write } from "../../src/database/commit.ts";
import { WriteConflict } from "../../src/database/commit.ts";
import type { Database, Dialect, Row } from "../../src/database/database.ts";
import { render } from "../../src/database/database.ts";
import { openSqlite } from "../../src/database/sqlite.ts";

const postgresDialect: Dialect = {
  name: "postgres",
  placeholder: (position) => `$${position}`,
  textType: 'TEXT COLLATE "C"',
  blobType: "BYTEA",
  integerType: "BIGINT",
  now: "CAST(EXTRACT(EPOCH FROM now()) * 1000 AS BIGINT)",
  tableOptions: "",
};

const uniqueViolation = "23505";

/** PostgreSQL in this process, emptied. */
function postgresOver(pglite: PGlite): Database {
  return {
    dialect: postgresDialect,
    read: (...queries) =>
      pglite.transaction(async (transaction) => {
        await transaction.exec("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
        const all: (readonly Row[])[] = [];
        for (const query of queries) {
          const text = render(query, postgresDialect);
          all.push((await transaction.query<Row>(text, [...query.values])).rows);
        }
        return all;
      }),
    apply: (writes) =>
      pglite.transaction(async (transaction) => {
        for (const write of writes) await applyOne(transaction, write);
      }),
    close: () => Promise.resolve(),
  };
}

async function applyOne(transaction: Transaction, { statement, rows }: Write): Promise<void> {
  const affected = await changed(transaction, statement);
  if (rows !== "any" && affected !== rows)
    throw new WriteConflict(`${affected} rows instead of ${rows}`);
}

async function changed(
  transaction: Transaction,
  statement: Write["statement"],
): Promise<number | undefined> {
  const text = render(statement, postgresDialect);
  try {
    return (await transaction.query(text, [...statement.values])).affectedRows;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === uniqueViolation)
      throw new WriteConflict(cause.message, { cause });
    throw cause;
  }
}

let started: Promise<PGlite> | undefined;
after(async () => (await started)?.close());

async function openPostgres(): Promise<Database> {
  started ??= PGlite.create();
  const pglite = await started;
  await pglite.exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  return postgresOver(pglite);
}

async function withSqlite(work: (database: Database) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "keywright-engine-"));
  const database = openSqlite(join(folder, "test.db"));
  try {
    await work(database);
  } finally {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Proves a rule on an empty database of each engine. */
export function onEveryEngine(rule: string, proof: (database: Database) => Promise<void>): void {
  test(`${rule} (SQLite)`, () => withSqlite(proof));
  test(`${rule} (PostgreSQL)`, async () => proof(await openPostgres()));
}
