// Runs Keywright alone under load with V8's sampling profiler and prints where its time goes.
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Client } from "./client.ts";
import type { Cost, CpuProfile } from "./cpu-profile.ts";
import { costsOf } from "./cpu-profile.ts";
import { choosePinning, pinGenerator } from "./machine.ts";
import { createDiskFolder } from "./measure.ts";
import { operationNames } from "./operations.ts";
import { startKeywright } from "./servers.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "4" },
    connections: { type: "string", default: "64" },
    top: { type: "string", default: "15" },
  },
});
const folder = createDiskFolder();
try {
  const profiles = await profileUnderLoad(Number(values.seconds), Number(values.connections));
  for (const profile of profiles) printCosts(costsOf(profile), Number(values.top));
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
    for (const operation of operationNames) {
      const batch = await client.prepare(operation, Math.ceil(20_000 * seconds));
      const { answered, elapsed } = await client.run(batch, { connections, seconds });
      console.log(`${operation}: ${(answered / elapsed).toFixed(0)} requests/s while profiled`);
    }
  } finally {
    await server.stop();
  }
  return readdirSync(output)
    .toSorted()
    .map((name): CpuProfile => JSON.parse(readFileSync(join(output, name), "utf8")));
}

function printCosts(costs: readonly Cost[], top: number): void {
  const total = costs.reduce((sum, cost) => sum + cost.withNode, 0);
  const share = (time: number): string => `${((100 * time) / total).toFixed(1)} %`.padStart(7);
  console.log(`\nThread with ${(total / 1e6).toFixed(1)} s of work. Self, self with Node's part:`);
  const folders = Map.groupBy(costs, ({ folder: each }) => each);
  const sum = (of: readonly Cost[], part: "self" | "withNode"): number =>
    of.reduce((time, cost) => time + cost[part], 0);
  const sorted = [...folders].toSorted(([, a], [, b]) => sum(b, "withNode") - sum(a, "withNode"));
  for (const [name, all] of sorted) {
    console.log(`${share(sum(all, "self"))} ${share(sum(all, "withNode"))}  ${name}/`);
    const largest = all.toSorted((a, b) => b.withNode - a.withNode).slice(0, top);
    for (const { self, withNode, place } of largest)
      console.log(`${share(self)} ${share(withNode)}      ${place}`);
  }
}
