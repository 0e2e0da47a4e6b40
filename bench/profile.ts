// Runs Keywright alone under load with V8's sampling profiler and prints where its time goes.
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Client } from "./client.ts";
import type { Cost, CpuProfile } from "./cpu-profile.ts";
import { costsOf } from "./cpu-profile.ts";
import { choosePinning, pinGenerator } from "./machine.ts";
import { createDiskFolder } from "./measure.ts";
import type { OperationName } from "./operations.ts";
import { operationNames } from "./operations.ts";
import { startKeywright } from "./servers.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "4" },
    connections: { type: "string", default: "64" },
    least: { type: "string", default: "0.5" },
  },
});
const requestsPerSecond = 20_000;
const folder = createDiskFolder();
try {
  const profiles = await profileUnderLoad(Number(values.seconds), Number(values.connections));
  for (const profile of profiles) printCosts(costsOf(profile), Number(values.least));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The profile of each thread, after the same time of each operation. */
async function profileUnderLoad(
  seconds: number,
  connections: number,
): Promise<readonly CpuProfile[]> {
  const pinning = choosePinning();
  pinGenerator(pinning);
  const output = join(folder, "profiles");
  mkdirSync(output);
  const flags = ["--cpu-prof", "--cpu-prof-interval=250", `--cpu-prof-dir=${output}`];
  const server = await startKeywright(folder, pinning, flags);
  try {
    const client = new Client(server.port);
    for (const operation of operationNames) await load(client, operation, seconds, connections);
  } finally {
    await server.stop();
  }
  return readdirSync(output)
    .toSorted()
    .map((name) => JSON.parse(readFileSync(join(output, name), "utf8")) as CpuProfile);
}

/** Some slices of a second, with fresh signatures for each. */
async function load(
  client: Client,
  operation: OperationName,
  seconds: number,
  connections: number,
): Promise<void> {
  let answered = 0;
  let elapsed = 0;
  for (let second = 0; second < seconds; second++) {
    const batch = await client.prepare(operation, requestsPerSecond);
    const slice = await client.run(batch, { connections, seconds: 1 });
    answered += slice.answered;
    elapsed += slice.elapsed;
  }
  console.log(`${operation}: ${(answered / elapsed).toFixed(0)} requests/s while profiled`);
}

/** Folder by folder, the functions that take at least `least` percent with what Node does for them. */
function printCosts(costs: readonly Cost[], least: number): void {
  const total = costs.reduce((sum, cost) => sum + cost.withNode, 0);
  const percent = (time: number): number => (100 * time) / total;
  const show = (self: number, withNode: number, text: string): void => {
    const shares = [self, withNode].map((time) => `${percent(time).toFixed(1).padStart(6)} %`);
    console.log(`${shares.join(" ")}  ${text}`);
  };
  console.log(`\nA thread with ${(total / 1e6).toFixed(1)} s of work`);
  console.log("    self  with what Node does for it");
  for (const [folder, all] of byFolder(costs)) {
    show(sumOf(all, "self"), sumOf(all, "withNode"), `${folder}/`);
    const large = all.filter(({ withNode }) => percent(withNode) >= least);
    for (const { self, withNode, place } of large.toSorted((a, b) => b.withNode - a.withNode))
      show(self, withNode, `    ${place}`);
  }
}

function byFolder(costs: readonly Cost[]): readonly (readonly [string, readonly Cost[]])[] {
  const folders = [...Map.groupBy(costs, (cost) => cost.folder)];
  return folders.toSorted(([, a], [, b]) => sumOf(b, "withNode") - sumOf(a, "withNode"));
}

function sumOf(costs: readonly Cost[], part: "self" | "withNode"): number {
  return costs.reduce((sum, cost) => sum + cost[part], 0);
}
