import * as assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { measure } from "./measure.ts";
import { formatMeasurement, rowsOf } from "./report.ts";

const options = {
  rounds: 1,
  seconds: 0.2,
  connections: [1, 4],
  operations: ["GenerateDataKey", "Encrypt", "Decrypt"],
} as const;

test("the benchmark measures every operation, and every answer of it is good and recorded", async () => {
  const measurement = await measure(options);
  const rows = rowsOf(measurement);
  assert.equal(rows.length, options.operations.length * options.connections.length * 2);
  for (const row of rows) {
    const name = `${row.server} ${row.operation} ${row.connections}`;
    assert.equal(row.failed, 0, name);
    assert.equal(row.answered, row.sent, name);
    assert.ok(row.answered > 0 && row.rate > 0 && row.quiet > 0, name);
    assert.ok(row.p50 > 0 && row.p50 <= row.p99, name);
    if (existsSync("/proc")) assert.ok(row.cpu > 0 && row.utilisation > 0, name);
    assert.equal(row.ratio !== undefined, row.server === "Keywright", name);
    assert.ok(row.ratio === undefined || row.ratio.median > 0, name);
  }
  const measured = rows.filter(({ server }) => server === "Keywright");
  const answered = measured.reduce((sum, row) => sum + row.answered, 0);
  assert.ok(measurement.acknowledged > answered, "warm-up and checks count too");
  assert.equal(measurement.audited, measurement.acknowledged);
  assert.ok(measurement.syncP50 > 0);
  assert.notEqual(measurement.fileSystem, "tmpfs");
  assert.equal(formatMeasurement(measurement).split("\n").length, rows.length + 5);
});
