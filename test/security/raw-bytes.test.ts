import * as assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Row } from "./deployment.ts";
import { stoppedDeployment } from "./deployment.ts";
import { primaryKeys, useRow } from "./uses.ts";

const stopped = await stoppedDeployment();
after(() => rmSync(join(stopped.config.data, ".."), { recursive: true, force: true }));

/** Bytes of a cell before its values: sizes and types. */
const cellHeader = 40;

/** The values of a row as SQLite's record format lays them down in a table without row ids. */
function stored(table: string, row: Row): Buffer {
  const key = primaryKeys[table] ?? [];
  const names = [...key, ...Object.keys(row).filter((name) => !key.includes(name))];
  return Buffer.concat(names.map((name) => storedValue(row[name] ?? null)));
}

function storedValue(value: Row[string]): Uint8Array {
  if (value === null || value === 0 || value === 1) return Buffer.alloc(0);
  if (typeof value === "string") return Buffer.from(value);
  if (typeof value !== "number") return value;
  const size = [1, 2, 3, 4, 6, 8].find((bytes) => Math.abs(value) < 2 ** (bytes * 8 - 1)) ?? 8;
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes.subarray(8 - size);
}

/** What a use gives in an untouched database. */
async function whole(table: string, row: Row): Promise<string> {
  const outcome = await useRow(stopped, stopped.image, table, row);
  assert.ok(typeof outcome === "object");
  return outcome.used;
}

for (const table of ["keys", "grants", "aliases", "key_materials", "access_keys", "users"]) {
  test(`${table}: no single byte of a stored row can be changed in the file unnoticed`, async () => {
    const [row] = stopped.rows(table);
    assert.ok(row !== undefined);
    const content = stored(table, row);
    const start = stopped.image.indexOf(content);
    assert.ok(start > 0, "the row was not found in the file");
    assert.equal(stopped.image.indexOf(content, start + 1), -1);
    const before = await whole(table, row);
    for (let position = start - cellHeader; position < start + content.length; position++) {
      const image = Buffer.from(stopped.image);
      image[position] = (image[position] ?? 0) ^ (1 << (position % 8));
      const outcome = await useRow(stopped, image, table, row);
      if (typeof outcome === "string") continue;
      // Before the row stand bytes of its neighbours: what is not this row's may leave it as it was.
      assert.ok(position < start, `byte ${position - start} of the row was not missed`);
      assert.equal(outcome.used, before, `byte ${position - start} gave another row`);
    }
  });
}
