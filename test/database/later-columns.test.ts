import * as assert from "node:assert/strict";
import { IntegrityError } from "../../src/base/errors.ts";
import { readRows } from "../../src/database/database.ts";
import {
  addColumns,
  columnsOf,
  createSealedTable,
  insertRow,
  openRow,
  sealedTable,
} from "../../src/database/sealed-row.ts";
import { sql } from "../../src/database/sql.ts";
import { onEveryEngine } from "../support/engines.ts";

const before = sealedTable("notes", { id: "integer", text: "text" }, ["id"]);
const after = sealedTable(
  "notes",
  { id: "integer", text: "text", color: "text later", count: "integer later" },
  ["id"],
);
const rowKey = Buffer.alloc(32, 7);
const all = sql`SELECT ${columnsOf(after)} FROM notes ORDER BY id`;

onEveryEngine("rows from before a column was added keep their seal", async (database) => {
  const run = (text: string) =>
    database.apply([{ statement: { chunks: [text], values: [] }, rows: "any" as const }]);
  await run(createSealedTable(before, database.dialect));
  await database.apply([insertRow(before, { id: 1, text: "old" }, rowKey)]);
  for (const statement of addColumns(after, ["color", "count"], database.dialect))
    await run(statement);
  const fresh = { id: 2, text: "new", color: "red", count: 3 };
  await database.apply([insertRow(after, fresh, rowKey)]);
  const [old, young] = await readRows(database, all);
  assert.ok(old !== undefined && young !== undefined);
  assert.deepEqual(
    { ...openRow(after, old, rowKey), mac: 0 },
    {
      id: 1,
      text: "old",
      color: null,
      count: null,
      mac: 0,
    },
  );
  assert.equal(openRow(after, young, rowKey).color, "red");
});

onEveryEngine("an added column is sealed as soon as it holds a value", async (database) => {
  await database.apply([
    {
      statement: { chunks: [createSealedTable(before, database.dialect)], values: [] },
      rows: "any",
    },
    ...addColumns(after, ["color", "count"], database.dialect).map((text) => ({
      statement: { chunks: [text], values: [] },
      rows: "any" as const,
    })),
    insertRow(after, { id: 1, text: "a", color: null, count: null }, rowKey),
    insertRow(after, { id: 2, text: "b", color: "red", count: 3 }, rowKey),
  ]);
  for (const change of [
    sql`UPDATE notes SET color = 'red' WHERE id = 1`,
    sql`UPDATE notes SET color = NULL WHERE id = 2`,
    sql`UPDATE notes SET color = NULL, count = NULL WHERE id = 2`,
    sql`UPDATE notes SET color = 'blue' WHERE id = 2`,
  ]) {
    await database.apply([{ statement: change, rows: 1 }]);
    const rows = await readRows(database, all);
    const changed = rows.filter((row) => {
      try {
        openRow(after, row, rowKey);
        return false;
      } catch (error) {
        assert.ok(error instanceof IntegrityError);
        return true;
      }
    });
    assert.ok(changed.length > 0);
  }
});
