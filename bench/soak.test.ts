import * as assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { createDiskFolder } from "./machine.ts";
import type { SoakRow } from "./soak-measure.ts";
import { soak } from "./soak-measure.ts";

test("a soak tells row by row what became of its load, and every answer has its audit record", async (t) => {
  const folder = createDiskFolder();
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const rows: SoakRow[] = [];
  const { acknowledged, audited } = await soak(folder, undefined, {
    seconds: 0.8,
    rowSeconds: 0.4,
    sliceSeconds: 0.2,
    connections: 8,
    report: (row) => rows.push(row),
  });
  assert.equal(audited, acknowledged);
  assert.ok(rows.length >= 1, "at least one row");
  for (const [index, row] of rows.entries()) {
    const before = rows[index - 1];
    assert.ok(row.answered > (before?.answered ?? 0) && row.seconds > (before?.seconds ?? 0));
    for (const { p50, p99 } of [row.symmetric, row.signing, row.management])
      assert.ok(p50 > 0 && p50 <= p99);
    assert.ok(row.worst >= row.symmetric.p99 && row.pause > 0 && row.rate > 0);
  }
  assert.ok((rows.at(-1)?.seconds ?? 0) >= 0.8);
  assert.ok(acknowledged > (rows.at(-1)?.answered ?? 0), "keys, aliases and checks count too");
});
