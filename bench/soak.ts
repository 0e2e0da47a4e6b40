import { rmSync } from "node:fs";
import { positive, readArguments } from "./arguments.ts";
import { milliseconds } from "./format.ts";
import { choosePinning, createDiskFolder, describeMachine, pinGenerator } from "./machine.ts";
import { soak } from "./soak-measure.ts";

/** Whether a mixed load holds its latencies and its memory for as long as it lasts, while keys, aliases, policies and the trail change. */
const usage =
  "usage: node bench/soak.ts [--minutes 60] [--row-minutes 5] [--slice-seconds 5] [--connections 64]";
const values = readArguments(usage, {
  minutes: { type: "string", default: "60" },
  "row-minutes": { type: "string", default: "5" },
  "slice-seconds": { type: "string", default: "5" },
  connections: { type: "string", default: "64" },
});
const options = {
  seconds: positive(usage, values.minutes) * 60,
  rowSeconds: positive(usage, values["row-minutes"]) * 60,
  sliceSeconds: positive(usage, values["slice-seconds"]),
  connections: positive(usage, values.connections),
};
const folder = createDiskFolder();
const pinning = choosePinning();
pinGenerator(pinning);
const line = (cells: readonly string[]): void => console.log(`| ${cells.join(" | ")} |`);
const head = [
  "minutes",
  "answers",
  "requests/s",
  "symmetric p50, ms",
  "p99",
  "worst p99 of a slice",
];
const more = ["Sign p99", "management p99", "longest pause", "CPU µs/request", "MB resident"];
line([...head, ...more]);
line([...head, ...more].map(() => "---:"));
try {
  const { acknowledged, audited } = await soak(folder, pinning, {
    ...options,
    report: (row) =>
      line([
        (row.seconds / 60).toFixed(1),
        String(row.answered),
        row.rate.toFixed(0),
        ...[row.symmetric.p50, row.symmetric.p99, row.worst].map(milliseconds),
        ...[row.signing.p99, row.management.p99, row.pause].map(milliseconds),
        (row.cpu * 1e6).toFixed(0),
        (row.resident / 1e6).toFixed(0),
      ]),
  });
  console.log(`\n${acknowledged} answers, checks included; ${audited} audit records.`);
  console.log(describeMachine());
} finally {
  rmSync(folder, { recursive: true, force: true });
}
