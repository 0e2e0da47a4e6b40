import * as assert from "node:assert/strict";
import { test } from "node:test";
import type { MeasuredSlice } from "./contest.ts";
import type { Measurement } from "./measure.ts";
import { formatMeasurement } from "./report.ts";
import { rowsOf } from "./rows.ts";
import { names } from "./setting.ts";

/** A slice of a second. */
function slice(answered: number, cpu: number, milliseconds: number): MeasuredSlice {
  const latencies = new Float32Array(answered).fill(milliseconds / 1000);
  const counts = { sent: answered, answered, failed: 0, bytesReceived: 0, elapsed: 1 };
  return { ...counts, latencies, pause: 0.01, generator: 0.2, cpu };
}

const slices = new Map([
  ["peer", [slice(10, Number.NaN, 40), slice(20, Number.NaN, 40), slice(10, Number.NaN, 40)]],
  [names.pair, [slice(180, 1, 4), slice(180, 1, 4), slice(180, 1, 4)]],
  [names.workers, [slice(90, 1, 4), slice(180, 1, 4), slice(180, 1, 4)]],
  [names.tls, [slice(90, 1, 4), slice(60, 1, 4), slice(160, 1, 4)]],
  [names.echo, [slice(400, 0.5, 1), slice(400, 0.5, 1), slice(400, 0.5, 1)]],
  [names.keywright, [slice(100, 1, 2), slice(120, 1, 3), slice(200, 1, 3)]],
]);
const cell = { operation: "Encrypt", connections: 1, slices } as const;

test("Keywright is told as part of the echo, TLS as part of plain HTTP, two workers as part of one and of two servers, and Keywright as a multiple of a peer", () => {
  const rows = rowsOf([cell]);
  assert.deepEqual(
    rows.map(({ server, ratio, cpuRatio }) => [server, ratio, cpuRatio]),
    [
      [names.keywright, { median: 0.3, min: 0.25, max: 0.5 }, 0.15],
      [names.echo, undefined, undefined],
      [names.tls, { median: 0.8, min: 0.5, max: 0.9 }, 0.8],
      [names.workers, { median: 0.9, min: 0.9, max: 1.5 }, 0.9],
      [names.pair, { median: 1, min: 0.5, max: 1 }, 1],
      ["peer", { median: 10, min: 6, max: 20 }, Number.NaN],
    ],
  );
});

test("rates and latencies are medians of the rounds, the quiet rate is the second best", () => {
  const [ours] = rowsOf([cell]);
  assert.deepEqual([ours?.rate, ours?.quiet, ours?.answered], [120, 120, 420]);
  assert.equal(ours?.p50.toFixed(4), "0.0030");
});

const measurement: Measurement = {
  options: {
    rounds: 3,
    seconds: 1,
    connections: [1, 64],
    operations: ["Encrypt"],
    parts: ["echo"],
    steadySeconds: 1,
    peers: [],
  },
  cells: [cell, { ...cell, connections: 64 }],
  mixed: [],
  flood: [],
  handshakes: [],
  services: [],
  echoMemory: { resident: 1e8, peak: 2e8 },
  pinning: undefined,
  fileSystem: "ext4",
  syncP50: 0.5,
};

test("one connection is compared with the echo in syncs of the disk, the tail at 64 with the echo's", () => {
  const text = formatMeasurement(measurement);
  assert.match(text, /^\| Encrypt \| 3\.00 \| 1\.00 \| 4\.00 \|$/m);
  assert.match(text, /^\| Encrypt \| 3\.00 \| 1\.00 \| 3\.0 \|$/m);
});

test("a row whose server waited is marked, and one whose load was the bottleneck otherwise", () => {
  const idle = slice(100, 0.5, 2);
  const table = (each: MeasuredSlice): string =>
    formatMeasurement({
      ...measurement,
      cells: [{ ...cell, connections: 64, slices: new Map([[names.keywright, [each]]]) }],
    });
  assert.match(table(idle), /\| 0\.50 ! \|[\s\S]*WARNING: in rows marked with !,/);
  assert.match(table({ ...idle, generator: 0.95 }), /\| 0\.50 !! \|[\s\S]*load was the bottleneck/);
  assert.doesNotMatch(table({ ...idle, cpu: 0.95 }), /WARNING/);
});
