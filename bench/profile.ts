// Runs Keywright alone under load with V8's sampling profiler and prints where its time goes.
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { positive, readArguments } from "./arguments.ts";
import type { Client } from "./client.ts";
import type { Cost, CpuProfile, Period } from "./cpu-profile.ts";
import { costsOf } from "./cpu-profile.ts";
import { choosePinning, createDiskFolder, pinGenerator } from "./machine.ts";
import type { OperationName } from "./operations.ts";
import { operationNames } from "./operations.ts";
import { names, openKeywright } from "./setting.ts";

const usage = `usage: node bench/profile.ts [--seconds 4] [--connections 64] [--least 0.5] [--tls]
         [--operations ${operationNames.join(",")}]
What takes less than --least percent is left out.`;
const values = readArguments(usage, {
  seconds: { type: "string", default: "4" },
  connections: { type: "string", default: "64" },
  least: { type: "string", default: "0.5" },
  operations: { type: "string", default: operationNames.join(",") },
  tls: { type: "boolean", default: false },
});
const requestsPerSecond = 20_000;
const folder = createDiskFolder();
try {
  const { profiles, period } = await profileUnderLoad();
  for (const [thread, profile] of profiles) print(thread, costsOf(profile, period));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

interface Profiled {
  /** By thread. */
  readonly profiles: readonly (readonly [string, CpuProfile])[];
  /** When there was load: starting up is not of interest. */
  readonly period: Period;
}

/** The profile of each thread, after the same time of each operation. */
async function profileUnderLoad(): Promise<Profiled> {
  const pinning = choosePinning();
  pinGenerator(pinning);
  const output = join(folder, "profiles");
  mkdirSync(output);
  const nodeFlags = ["--cpu-prof", "--cpu-prof-interval=250", `--cpu-prof-dir=${output}`];
  const extras = { nodeFlags, tls: values.tls };
  const { server, target } = await openKeywright(names.keywright, folder, pinning, extras);
  const operations = operationNames.filter((name) => values.operations.split(",").includes(name));
  const from = microseconds();
  let to = from;
  try {
    for (const operation of operations) await load(target.client, operation);
    to = microseconds();
  } finally {
    await server.stop();
  }
  return { profiles: readProfiles(output), period: { from, to } };
}

function microseconds(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

function readProfiles(output: string): Profiled["profiles"] {
  return readdirSync(output)
    .toSorted()
    .map((name) => [
      threadOf(name),
      JSON.parse(readFileSync(join(output, name), "utf8")) as CpuProfile,
    ]);
}

/** V8 names a profile after day, time, process, thread and number. */
function threadOf(name: string): string {
  const [, , , , thread] = name.split(".");
  return thread === "0" ? "Main thread" : `Worker thread ${thread}`;
}

/** Some slices of a second, with fresh signatures for each. */
async function load(client: Client, operation: OperationName): Promise<void> {
  const connections = positive(usage, values.connections);
  let answered = 0;
  let elapsed = 0;
  for (let second = 0; second < positive(usage, values.seconds); second++) {
    const batch = await client.prepare(operation, requestsPerSecond);
    const slice = await client.run(batch, { connections, seconds: 1 });
    answered += slice.answered;
    elapsed += slice.elapsed;
  }
  console.log(`${operation}: ${(answered / elapsed).toFixed(0)} requests/s while profiled`);
}

/** The layers, as a Markdown table; then folder by folder the functions that take at least `least` percent with what Node does for them. */
function print(thread: string, costs: readonly Cost[]): void {
  const total = sumOf(costs, "withNode");
  const percent = (time: number): string => ((100 * time) / total).toFixed(1).padStart(5);
  const folders = byFolder(costs);
  console.log(`\n## ${thread}: ${(total / 1e6).toFixed(1)} s of work\n`);
  console.log("| Layer of src/ | itself % | with what Node does for it % |\n| --- | ---: | ---: |");
  for (const [folder, all] of folders)
    console.log(
      `| ${folder} | ${percent(sumOf(all, "self"))} | ${percent(sumOf(all, "withNode"))} |`,
    );
  for (const [folder, all] of folders) {
    const large = all.filter(
      ({ withNode }) => (100 * withNode) / total >= positive(usage, values.least),
    );
    if (large.length > 0) console.log(`\n${folder}`);
    for (const { self, withNode, place } of large.toSorted((a, b) => b.withNode - a.withNode))
      console.log(`  ${percent(self)} % ${percent(withNode)} %  ${place}`);
  }
}

function byFolder(costs: readonly Cost[]): readonly (readonly [string, readonly Cost[]])[] {
  const folders = [...Map.groupBy(costs, (cost) => cost.folder)];
  return folders.toSorted(([, a], [, b]) => sumOf(b, "withNode") - sumOf(a, "withNode"));
}

function sumOf(costs: readonly Cost[], part: "self" | "withNode"): number {
  return costs.reduce((sum, cost) => sum + cost[part], 0);
}
