import type { PerformanceEntry } from "node:perf_hooks";
import { PerformanceObserver } from "node:perf_hooks";
import type { Client } from "./client.ts";
import type { Endpoint, Slice } from "./load.ts";
import { runSlice } from "./load.ts";
import { quantiles } from "./statistics.ts";

/** One long run without a break. Times in seconds. */
export interface SteadyRun {
  readonly elapsed: number;
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** The slowest answer. */
  readonly slowest: number;
  /** The longest time in which no connection got an answer. */
  readonly pause: number;
  /** The longest time for which the load's own garbage collector stopped it: a pause of that length may be its own. */
  readonly collection: number;
}

const connections = 64;

/** Encrypts without a break, each request signed when it is sent; then a quarter of the time against the echo, to know the machine's own pauses. */
export async function measureSteady(
  client: Client,
  echo: Endpoint,
  seconds: number,
): Promise<{ readonly keywright: SteadyRun; readonly echo: SteadyRun }> {
  const request = client.stream("Encrypt");
  const load = { connections, request, keep: () => false };
  const keywright = await watched(() => client.caller.send({ ...load, seconds }));
  const beside = await watched(() => runSlice({ ...load, endpoint: echo, seconds: seconds / 4 }));
  return { keywright, echo: beside };
}

async function watched(work: () => Promise<Slice>): Promise<SteadyRun> {
  const collections: number[] = [];
  const note = (entries: readonly PerformanceEntry[]): void => {
    for (const { duration } of entries) collections.push(duration / 1000);
  };
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ entryTypes: ["gc"] });
  const { latencies, answered, elapsed, pause } = await work();
  note(observer.takeRecords());
  observer.disconnect();
  const collection = Math.max(0, ...collections);
  const [p50 = Number.NaN, p99 = Number.NaN, p999 = Number.NaN, slowest = Number.NaN] = quantiles(
    latencies,
    ...[0.5, 0.99, 0.999, 1],
  );
  return { elapsed, rate: answered / elapsed, p50, p99, p999, slowest, pause, collection };
}
