import * as assert from "node:assert/strict";
import { OperatorError } from "../../src/base/errors.ts";
import type { Write } from "../../src/database/commit.ts";
import { WriteConflict } from "../../src/database/commit.ts";
import type { Database } from "../../src/database/database.ts";
import { readRows } from "../../src/database/database.ts";
import { migrate } from "../../src/database/migrate.ts";
import type { SqlValue } from "../../src/database/sql.ts";
import { sql } from "../../src/database/sql.ts";
import { onEveryEngine } from "../support/engines.ts";

const step = {
  name: "0001-things",
  statements: ({ integerType, blobType, tableOptions }: Database["dialect"]) => [
    `CREATE TABLE things (name TEXT, text TEXT, number ${integerType}, bytes ${blobType}, PRIMARY KEY (name)) ${tableOptions}`,
  ],
};

const insert = (
  name: string,
  text: SqlValue = null,
  number: SqlValue = null,
  bytes: SqlValue = null,
): Write => ({
  statement: sql`INSERT INTO things (name, text, number, bytes) VALUES (${name}, ${text}, ${number}, ${bytes})`,
  rows: 1,
});

async function names(database: Database): Promise<readonly string[]> {
  const rows = await readRows(database, sql`SELECT name FROM things ORDER BY name`);
  return rows.map((row) => String(row["name"]));
}

onEveryEngine("values come back as they were written", async (database) => {
  await migrate(database, [step]);
  const texts = ["", "é e\u0301 \u{1f511} ' \" ; -- $1 ? %", "x".repeat(100_000)];
  const numbers = [0, -1, 1_700_000_000_123, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
  const bytes = [Buffer.alloc(0), Buffer.of(0, 1, 255, 0), Buffer.alloc(70_000, 7)];
  await database.apply([
    ...texts.map((text, index) => insert(`text ${index}`, text)),
    ...numbers.map((number, index) => insert(`number ${index}`, null, number)),
    ...bytes.map((each, index) => insert(`bytes ${index}`, null, null, each)),
    insert("nothing"),
  ]);
  const rows = await readRows(database, sql`SELECT name, text, number, bytes FROM things`);
  const of = (name: string) => rows.find((row) => row["name"] === name);
  for (const [index, text] of texts.entries()) assert.equal(of(`text ${index}`)?.["text"], text);
  for (const [index, number] of numbers.entries())
    assert.equal(Number(of(`number ${index}`)?.["number"]), number);
  for (const [index, each] of bytes.entries()) {
    const read = of(`bytes ${index}`)?.["bytes"];
    assert.ok(read instanceof Uint8Array);
    assert.ok(each.equals(read));
  }
  const { text, number, bytes: none } = of("nothing") ?? {};
  assert.deepEqual([text, number, none], [null, null, null]);
});

onEveryEngine("a second row of a primary key is a WriteConflict", async (database) => {
  await migrate(database, [step]);
  await database.apply([insert("a")]);
  await assert.rejects(database.apply([insert("a")]), WriteConflict);
});

onEveryEngine(
  "a write that affects another number of rows is a WriteConflict",
  async (database) => {
    await migrate(database, [step]);
    await database.apply([insert("a"), insert("b")]);
    const update = (name: string, rows: number | "any"): Write => ({
      statement: sql`UPDATE things SET text = ${"new"} WHERE name >= ${name}`,
      rows,
    });
    await assert.rejects(database.apply([update("z", 1)]), WriteConflict);
    await assert.rejects(database.apply([update("a", 1)]), WriteConflict);
    await database.apply([update("a", 2), update("z", "any")]);
  },
);

onEveryEngine("apply does all writes or none, whichever fails", async (database) => {
  await migrate(database, [step]);
  await database.apply([insert("kept")]);
  const wrong: Write = { statement: sql`INSERT INTO absent (a) VALUES (${1})`, rows: 1 };
  for (const fault of [insert("kept"), wrong]) {
    await assert.rejects(database.apply([insert("a"), fault, insert("b")]));
    assert.deepEqual(await names(database), ["kept"]);
  }
  await database.apply([insert("a"), insert("b")]);
  assert.deepEqual(await names(database), ["a", "b", "kept"]);
});

onEveryEngine("a migration runs once, in order, as a whole or not at all", async (database) => {
  const second = { name: "0002-more", statements: () => ["ALTER TABLE things ADD extra TEXT"] };
  await migrate(database, [step]);
  await database.apply([insert("a")]);
  await migrate(database, [step, second]);
  await migrate(database, [step, second]);
  assert.deepEqual(await names(database), ["a"]);
  const broken = {
    name: "0003-broken",
    statements: () => ["CREATE TABLE half (a TEXT)", "CREATE NONSENSE"],
  };
  await assert.rejects(migrate(database, [step, second, broken]));
  await assert.rejects(readRows(database, sql`SELECT a FROM half`));
  const steps = await readRows(database, sql`SELECT name FROM schema_steps ORDER BY name`);
  assert.deepEqual(
    steps.map((row) => row["name"]),
    ["0001-things", "0002-more"],
  );
});

onEveryEngine("a schema from the future is refused", async (database) => {
  await migrate(database, [step, { name: "0099-future", statements: () => [] }]);
  await assert.rejects(migrate(database, [step]), OperatorError);
});
