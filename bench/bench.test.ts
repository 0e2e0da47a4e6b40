import * as assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import type { Measurement } from "./measure.ts";
import { measure } from "./measure.ts";
import { operationNames } from "./operations.ts";
import { publish } from "./publish.ts";
import { formatMeasurement } from "./report.ts";
import { rowsOf } from "./rows.ts";
import type { BenchOptions } from "./setting.ts";
import { names } from "./setting.ts";

const moment: BenchOptions = {
  rounds: 1,
  seconds: 0.1,
  connections: [1, 64],
  operations: operationNames,
  parts: ["echo", "tls", "workers"],
  steadySeconds: 0.4,
  peers: [],
};
let contest: Measurement;
before(async () => {
  contest = await measure(moment);
});

test("the benchmark measures every operation over HTTP and TLS beside the echo, and every answer is good", () => {
  const rows = rowsOf(contest.cells);
  // Two servers share no single connection.
  assert.equal(rows.length, operationNames.length * (moment.connections.length * 5 - 1));
  for (const row of rows) {
    const name = `${row.server} ${row.operation} ${row.connections}`;
    assert.equal(row.failed, 0, name);
    assert.equal(row.answered, row.sent, name);
    assert.ok(row.answered > 0 && row.rate > 0 && row.quiet > 0, name);
    assert.ok(row.p50 > 0 && row.p50 <= row.p99 && row.p99 <= row.p999, name);
    assert.ok(row.pause > 0 && row.generator > 0, name);
    if (existsSync("/proc")) assert.ok(row.cpu >= 0 && row.utilisation >= 0, name);
    assert.equal(row.ratio !== undefined, row.server !== names.echo, name);
    assert.ok(row.ratio === undefined || row.ratio.median > 0, name);
  }
  assert.ok(contest.syncP50 > 0);
  assert.notEqual(contest.fileSystem, "tmpfs");
});

test("every answer has its audit record", () => {
  assert.equal(contest.services.length, 5);
  for (const { name, acknowledged, audited } of contest.services) {
    const measured = rowsOf(contest.cells).filter(({ server }) => server === name);
    const answered = measured.reduce((sum, row) => sum + row.answered, 0);
    assert.ok(acknowledged > answered, "warm-up and checks count too");
    assert.equal(audited, acknowledged, name);
  }
});

test("a run goes between the marks of the page, with a plot of each ratio to the echo", () => {
  const folder = mkdtempSync(join(tmpdir(), "keywright-publish-"));
  try {
    const page = join(folder, "performance.md");
    writeFileSync(page, "# Before\n<!-- bench -->old<!-- /bench -->\n# After\n");
    publish(contest, folder, "a day");
    publish(contest, folder, "another day");
    const text = readFileSync(page, "utf8");
    const content = formatMeasurement(contest);
    const picture = "![Requests a second, as part of the echo's](performance.svg)";
    const inside = ["<!-- bench -->", "another day", picture, content, "<!-- /bench -->"];
    assert.equal(text, `# Before\n${inside.join("\n\n")}\n# After\n`);
    const plot = readFileSync(join(folder, "performance.svg"), "utf8");
    const dots = operationNames.length * moment.connections.length;
    assert.equal(plot.match(/<g><title>/g)?.length, dots);
    assert.doesNotMatch(plot, /NaN|undefined|Infinity/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the report says loudly that no peer was measured", () => {
  assert.match(formatMeasurement(contest), /^PEERS: not measured/m);
});

test("the mixed load, the flood, the handshakes and the steady run are measured, and every answer is recorded", async () => {
  const parts = ["mixed", "flood", "handshakes", "steady"] as const;
  // Twice: the second round has to know which aliases the first one has left.
  const measurement = await measure({ ...moment, operations: ["Decrypt"], parts, rounds: 2 });
  const { mixed, flood, handshakes, steady, services } = measurement;
  assert.equal(measurement.cells.length, 0);
  for (const { alone, mixed: kinds, answered, rate } of mixed) {
    const all = answered.symmetric + answered.signing + answered.management;
    assert.ok(rate > 0 && all > 0);
    assert.ok(Math.abs(answered.symmetric - 0.8 * all) <= 3, JSON.stringify(answered));
    assert.ok(Math.abs(answered.management - 0.05 * all) <= 3, JSON.stringify(answered));
    for (const { p50, p99 } of [alone, ...Object.values(kinds)]) assert.ok(p50 > 0 && p50 <= p99);
  }
  for (const { alone, beside, keys } of flood) {
    assert.ok(keys > 0);
    for (const { p50, p99 } of [alone, beside]) assert.ok(p50 > 0 && p50 <= p99);
  }
  assert.deepEqual([mixed.length, flood.length], [2, 2]);
  assert.deepEqual(
    handshakes.map(({ group, done }) => [group, done > 0]),
    [
      ["X25519MLKEM768", true],
      ["X25519", true],
      ["X25519", true],
      ["X25519MLKEM768", true],
    ],
  );
  for (const run of [steady?.keywright, steady?.echo])
    assert.ok(run !== undefined && run.pause > 0 && run.p999 <= run.slowest);
  for (const { name, acknowledged, audited } of services) assert.equal(audited, acknowledged, name);
  assert.doesNotMatch(formatMeasurement(measurement), /NaN|undefined/);
});
