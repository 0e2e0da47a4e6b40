import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TestContext } from "node:test";
import { verifyJournal } from "../../src/audit/verify.ts";
import { generateSigningKey } from "../../src/crypto/signature.ts";
import type { Commit, VersionRef, Write } from "../../src/database/commit.ts";
import { noChange } from "../../src/database/commit.ts";
import type { WriterOptions } from "../../src/database/embedded-writer.ts";
import { EmbeddedWriter } from "../../src/database/embedded-writer.ts";
import { listSegments, readHead } from "../../src/database/journal-files.ts";
import { migrate } from "../../src/database/migrate.ts";
import { sql } from "../../src/database/sql.ts";
import { openSqlite } from "../../src/database/sqlite.ts";
import { databaseMigrations } from "../../src/database/tables.ts";

const signing = generateSigningKey();
const things = {
  name: "9999-things",
  statements: () => [
    "CREATE TABLE things (name TEXT PRIMARY KEY, value INTEGER NOT NULL)",
    "CREATE TABLE versions (aggregate TEXT PRIMARY KEY, version INTEGER NOT NULL)",
  ],
};

/** A deployment's database and journal folder, with a table of things. */
export async function newStorage(t: TestContext): Promise<WriterOptions> {
  const folder = mkdtempSync(join(tmpdir(), "keywright-writer-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const databasePath = join(folder, "keywright.db");
  const database = openSqlite(databasePath);
  await migrate(database, [...databaseMigrations, things]);
  await database.close();
  const journalFolder = join(folder, "audit");
  const options = {
    databasePath,
    journalFolder,
    deployment: "deployment-1",
    ...signing,
    segmentBytes: 8_192,
    stateKey: Buffer.alloc(32, 1),
    versionQueries: [sql`SELECT aggregate, version FROM versions`],
  };
  EmbeddedWriter.begin({ ...options, now: () => new Date(0) });
  return options;
}

/** Opens the writer as its thread does. */
export const open = (options: WriterOptions): EmbeddedWriter =>
  EmbeddedWriter.open({ ...options, now: () => new Date(0) });

/** Writes that insert a thing, and that change one. */
export const insert = (name: string, value = 1): Write => ({
  statement: sql`INSERT INTO things (name, value) VALUES (${name}, ${value})`,
  rows: 1,
});
export const update = (name: string, value: number): Write => ({
  statement: sql`UPDATE things SET value = ${value} WHERE name = ${name}`,
  rows: 1,
});
/** A version of the one key of these tests. */
export const key = (version: number): VersionRef => ({ aggregate: "key/1", version });

/** A call that relies on versions and changes nothing. */
export const relying = (record: string, ...relied: readonly VersionRef[]): Commit => ({
  relied,
  change: noChange,
  records: [record],
});
/** A call that changes something. */
export const changing = (
  record: string,
  writes: readonly Write[],
  versions: readonly VersionRef[] = [],
  relied: readonly VersionRef[] = [],
): Commit => ({
  relied,
  change: { writes: [...writes, ...versions.map(storeVersion)], versions },
  records: [record],
});

const storeVersion = ({ aggregate, version }: VersionRef): Write => ({
  statement: sql`INSERT INTO versions (aggregate, version) VALUES (${aggregate}, ${version})
    ON CONFLICT (aggregate) DO UPDATE SET version = excluded.version`,
  rows: 1,
});

/** What became of each call of a batch, in the order of the batch. */
export function commit(writer: EmbeddedWriter, ...commits: readonly Commit[]): readonly string[] {
  const results = writer.commit(commits.map((each, id) => ({ id, commit: each })));
  return commits.map((_, id) => {
    const result = results.find((each) => each.id === id);
    assert.ok(result !== undefined);
    if ("failed" in result) return "failed";
    return result.stale.length === 0 ? "done" : `stale: ${result.stale.join(" ")}`;
  });
}

/** All records that the journal holds; it must be intact. */
export function recorded({
  journalFolder,
  deployment,
  publicKey,
}: WriterOptions): readonly string[] {
  const texts: string[] = [];
  const head = readHead(journalFolder);
  const { fault } = verifyJournal(
    listSegments(journalFolder),
    { deployment, publicKey, ...(head === undefined ? {} : { head }) },
    ({ payload }) => texts.push(Buffer.from(payload).toString()),
  );
  assert.equal(fault, undefined);
  return texts;
}

/** The things that the database holds. */
export function stored({ databasePath }: WriterOptions): Readonly<Record<string, unknown>> {
  using database = new DatabaseSync(databasePath);
  const rows = database.prepare("SELECT name, value FROM things ORDER BY name").all();
  return Object.fromEntries(rows.map((row) => [String(row["name"]), row["value"]]));
}
