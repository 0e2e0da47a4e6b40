import { join } from "node:path";
import type { Pinning } from "./machine.ts";
import { cpuSeconds, memoryOf } from "./machine.ts";
import type { Latency } from "./mixed.ts";
import { Mixture, mostPerSecond } from "./mixed.ts";
import type { Audited } from "./setting.ts";
import { audit, openKeywright } from "./setting.ts";
import { median } from "./statistics.ts";

/** What became of some seconds of load. Times in seconds, memory in bytes. */
export interface SoakRow {
  /** Seconds of load, and answers, since the beginning. */
  readonly seconds: number;
  readonly answered: number;
  /** Of this row. */
  readonly rate: number;
  /** Medians over the slices of this row. */
  readonly symmetric: Latency;
  readonly signing: Latency;
  readonly management: Latency;
  /** The worst symmetric p99 of a slice. */
  readonly worst: number;
  /** The longest time in which no connection got an answer. */
  readonly pause: number;
  /** Processor time of a request, with all threads, and what was done between the slices. */
  readonly cpu: number;
  readonly resident: number;
}

export interface SoakOptions {
  /** Seconds of load, of a row and of a slice. */
  readonly seconds: number;
  readonly rowSeconds: number;
  readonly sliceSeconds: number;
  readonly connections: number;
  readonly report: (row: SoakRow) => void;
}

/**
 * The mixed load for a long time, in slices: between them the load signs what it sends next. Stops the service then, and counts
 * what it has kept. Throws when an answer is wrong.
 */
export async function soak(
  folder: string,
  pinning: Pinning | undefined,
  { seconds, rowSeconds, sliceSeconds, connections, report }: SoakOptions,
): Promise<Audited> {
  const service = await openKeywright("Keywright", join(folder, "soaked"), pinning, {});
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => service.server.stop());
  const { pid } = service.server;
  const mixture = await Mixture.open(service.target);
  let [elapsed, answered, most] = [0, 0, mostPerSecond / 2];
  while (elapsed < seconds) {
    const [began, cpuBefore] = [elapsed, cpuSeconds(pid)];
    const slices: Awaited<ReturnType<Mixture["run"]>>[] = [];
    while (elapsed < Math.min(seconds, began + rowSeconds)) {
      const slice = await mixture.run({ seconds: sliceSeconds, connections, most });
      slices.push(slice);
      elapsed += slice.elapsed;
      most = Math.min(mostPerSecond, Math.max(most, 1.5 * slice.rate));
    }
    const counts = slices.map((slice) => Object.values(slice.answered).reduce((a, b) => a + b));
    const inRow = counts.reduce((a, b) => a + b);
    answered += inRow;
    const of = (kind: "symmetric" | "signing" | "management"): Latency => ({
      p50: median(slices.map(({ mixed }) => mixed[kind].p50)),
      p99: median(slices.map(({ mixed }) => mixed[kind].p99)),
    });
    report({
      seconds: elapsed,
      answered,
      rate: inRow / (elapsed - began),
      symmetric: of("symmetric"),
      signing: of("signing"),
      management: of("management"),
      worst: Math.max(...slices.map(({ mixed }) => mixed.symmetric.p99)),
      pause: Math.max(...slices.map(({ pause }) => pause)),
      cpu: (cpuSeconds(pid) - cpuBefore) / inRow,
      resident: memoryOf(pid).resident,
    });
  }
  return await audit(service);
}
