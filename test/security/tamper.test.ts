import * as assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import type { Row, Stopped } from "./deployment.ts";
import { edited, stoppedDeployment } from "./deployment.ts";
import { primaryKeys, useCredential, useRow } from "./uses.ts";

const stopped: Stopped = await stoppedDeployment();
after(() => rmSync(join(stopped.config.data, ".."), { recursive: true, force: true }));

const tables = Object.entries(primaryKeys);
const where = (key: readonly string[]): string => key.map((name) => `${name} = ?`).join(" AND ");
const valuesOf = (row: Row, names: readonly string[]) => names.map((name) => row[name] ?? null);
const describe = (row: Row, key: readonly string[]): string => valuesOf(row, key).join(" ");

/** Another value of the same column, as little different as can be. */
function altered(value: Row[string] | undefined): string | number | Uint8Array {
  if (value === null || value === undefined) return 0;
  if (typeof value === "number") return value + 1;
  if (typeof value === "string") return `${value} `;
  const bytes = Buffer.from(value);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes;
}

function set(database: DatabaseSync, table: string, row: Row, column: string, value: Row[string]) {
  const key = primaryKeys[table] ?? [];
  const statement = `UPDATE ${table} SET ${column} = ? WHERE ${where(key)}`;
  const { changes } = database.prepare(statement).run(value, ...valuesOf(row, key));
  assert.equal(changes, 1);
}

for (const [table, key] of tables) {
  const rows = stopped.rows(table);

  test(`${table}: every row is used as long as nobody changes it`, async () => {
    assert.ok(rows.length > 0);
    for (const row of rows) {
      const outcome = await useRow(stopped, stopped.image, table, row);
      assert.equal(typeof outcome, "object", describe(row, key));
    }
  });

  test(`${table}: a row with any column changed is never used`, async () => {
    for (const row of rows)
      for (const column of Object.keys(row)) {
        const value = altered(row[column]);
        const image = edited(stopped.image, (database) => {
          database.exec("PRAGMA ignore_check_constraints = ON");
          try {
            set(database, table, row, column, value);
          } catch (error) {
            // A column that is absent can be another kind of absent only by a value of its own type.
            const kind = /cannot store \w+ value in (BLOB|TEXT) column/.exec(String(error))?.[1];
            assert.ok(kind !== undefined, String(error));
            set(database, table, row, column, kind === "BLOB" ? Buffer.alloc(0) : "");
          }
        });
        const outcomes = [
          await useRow(stopped, image, table, row),
          await useRow(stopped, image, table, { ...row, [column]: value }),
        ];
        for (const outcome of outcomes)
          if (key.includes(column)) assert.equal(typeof outcome, "string", `${table}.${column}`);
          else assert.equal(outcome, "refused", `${table}.${column} of ${describe(row, key)}`);
      }
  });

  test(`${table}: a row that was removed is missed, by itself or by what it belongs to`, async () => {
    for (const row of rows) {
      const image = edited(stopped.image, (database) => {
        database.prepare(`DELETE FROM ${table} WHERE ${where(key)}`).run(...valuesOf(row, key));
      });
      const outcome = await useRow(stopped, image, table, row);
      const missed = ["keys", "key_materials", "grants"].includes(table) ? "refused" : undefined;
      if (missed === undefined) assert.equal(typeof outcome, "string", describe(row, key));
      else assert.equal(outcome, missed, describe(row, key));
    }
  });

  test(`${table}: a copy of a row under another primary key is never used`, async () => {
    for (const row of rows)
      for (const column of key) {
        const copy = { ...row, [column]: altered(row[column]) };
        const names = Object.keys(copy);
        const marks = names.map(() => "?").join(", ");
        const image = edited(stopped.image, (database) => {
          // An id is taken once per region: the thief would drop that rule as well.
          database.exec("DROP INDEX IF EXISTS keys_by_id");
          database
            .prepare(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${marks})`)
            .run(...valuesOf(copy, names));
        });
        const outcome = await useRow(stopped, image, table, copy);
        // Nothing names these columns: there is one deployment, one root key and one epoch.
        if (["singleton", "version", "source", "epoch"].includes(column)) continue;
        assert.equal(typeof outcome, "string", `${table}.${column}`);
      }
  });

  test(`${table}: two rows that exchanged a column are never used`, async () => {
    for (const [index, row] of rows.entries()) {
      const other = rows[index + 1];
      if (other === undefined) continue;
      for (const column of Object.keys(row).filter((name) => !key.includes(name))) {
        if (Buffer.from(String(row[column])).equals(Buffer.from(String(other[column])))) continue;
        const image = edited(stopped.image, (database) => {
          set(database, table, row, column, other[column] ?? null);
          set(database, table, other, column, row[column] ?? null);
        });
        for (const each of [row, other])
          assert.equal(
            await useRow(stopped, image, table, each),
            "refused",
            `${table}.${column} of ${describe(each, key)}`,
          );
      }
    }
  });
}

test("a caller whose user, group, policy or access key was changed is nobody", async () => {
  const whole = await useCredential(stopped, stopped.image, "AKIAALICE");
  assert.equal(typeof whole, "object");
  const alice = ["users", "access_keys", "groups", "managed_policies"] as const;
  for (const table of alice)
    for (const row of stopped.rows(table)) {
      const mine =
        row["user_name"] === "alice" || table === "groups" || table === "managed_policies";
      const image = edited(stopped.image, (database) => {
        set(database, table, row, "created_at", altered(row["created_at"]));
      });
      const outcome = await useCredential(stopped, image, "AKIAALICE");
      assert.deepEqual(outcome, mine ? "refused" : whole, `${table} ${describe(row, ["mac"])}`);
      const removed = edited(stopped.image, (database) => {
        const key = primaryKeys[table] ?? [];
        database.prepare(`DELETE FROM ${table} WHERE ${where(key)}`).run(...valuesOf(row, key));
      });
      const without = await useCredential(stopped, removed, "AKIAALICE");
      if (mine) assert.equal(typeof without, "string");
    }
});
