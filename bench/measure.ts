import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "./client.ts";
import type { Slice } from "./load.ts";
import { runSlice } from "./load.ts";
import type { Pinning } from "./machine.ts";
import { choosePinning, cpuSeconds, fileSystemOf, measureSync, pinGenerator } from "./machine.ts";
import type { OperationName } from "./operations.ts";
import { splitAnswer } from "./operations.ts";
import type { Server } from "./servers.ts";
import { countAuditRecords, startEcho, startKeywright } from "./servers.ts";
import { median } from "./statistics.ts";

export interface BenchOptions {
  readonly rounds: number;
  /** Length of a slice. */
  readonly seconds: number;
  readonly connections: readonly number[];
  readonly operations: readonly OperationName[];
}

/** A slice and the processor time that its server took for it, in seconds. */
export interface MeasuredSlice extends Slice {
  readonly cpu: number;
}

/** The slices of one operation at one number of connections: pair by pair, each pair one round. */
export interface Cell {
  readonly operation: OperationName;
  readonly connections: number;
  readonly pairs: readonly { readonly keywright: MeasuredSlice; readonly echo: MeasuredSlice }[];
}

/** A whole run. */
export interface Measurement {
  readonly options: BenchOptions;
  readonly cells: readonly Cell[];
  readonly pinning: Pinning | undefined;
  readonly fileSystem: string;
  /** Median of fdatasync in the servers' folder, in milliseconds. */
  readonly syncP50: number;
  /** Answers of Keywright, checks and warm-up included, and the records of its audit journal afterwards. */
  readonly acknowledged: number;
  readonly audited: number;
}

/** Runs Keywright and the echo side by side and measures them in turns. Throws when an answer is wrong. */
export async function measure(options: BenchOptions): Promise<Measurement> {
  const folder = createDiskFolder();
  const pinning = choosePinning();
  pinGenerator(pinning);
  const servers: Server[] = [];
  try {
    const keywright = await startKeywright(folder, pinning);
    servers.push(keywright);
    const client = new Client(keywright.port);
    const answers = await Promise.all(options.operations.map((name) => client.sample(name)));
    const echo = await startEcho(answers.map(splitAnswer), pinning);
    servers.push(echo);
    const bench = new Bench({ client, keywright, echo, options });
    await bench.warmUp();
    const syncs: number[] = [];
    for (let round = 0; round < options.rounds; round++) {
      syncs.push(...measureSync(folder));
      await bench.round(round);
    }
    await keywright.stop();
    return {
      options,
      cells: bench.cells(),
      pinning,
      fileSystem: fileSystemOf(folder),
      syncP50: median(syncs),
      acknowledged: client.acknowledged,
      audited: countAuditRecords(folder),
    };
  } finally {
    for (const server of servers) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A new folder on a real disk: the system's temporary folder, or this repository's where that one is in memory. */
export function createDiskFolder(): string {
  const repository = fileURLToPath(new URL("../node_modules", import.meta.url));
  const parent = [tmpdir(), repository].find((each) => fileSystemOf(each) !== "tmpfs");
  if (parent === undefined) throw new Error("no folder on a disk: set TMPDIR to one");
  return mkdtempSync(join(parent, "keywright-bench-"));
}

interface Parties {
  readonly client: Client;
  readonly keywright: Server;
  readonly echo: Server & { readonly ports: readonly number[] };
  readonly options: BenchOptions;
}

class Bench {
  readonly #parties: Parties;
  readonly #pairs = new Map<string, Cell["pairs"][number][]>();
  /** The most requests a second that Keywright has answered; requests are made for half as many again. */
  #fastest = 4_000;

  constructor(parties: Parties) {
    this.#parties = parties;
  }

  /** Every operation at the most connections, on both servers, until both are compiled. */
  async warmUp(): Promise<void> {
    const { operations, connections, seconds } = this.#parties.options;
    for (const operation of operations)
      await this.#pair(operation, Math.max(...connections), 2 * seconds, true);
  }

  /** One slice of each cell on each server. */
  async round(number: number): Promise<void> {
    const { operations, connections, seconds } = this.#parties.options;
    for (const operation of operations)
      for (const count of connections) {
        // Neither server always has the core while it is still warm from the other.
        const pair = await this.#pair(operation, count, seconds, number % 2 === 0);
        const name = `${operation} ${count}`;
        this.#pairs.set(name, [...(this.#pairs.get(name) ?? []), pair]);
      }
  }

  cells(): readonly Cell[] {
    const { operations, connections } = this.#parties.options;
    return operations.flatMap((operation) =>
      connections.map((count) => {
        const pairs = this.#pairs.get(`${operation} ${count}`) ?? [];
        return { operation, connections: count, pairs };
      }),
    );
  }

  async #pair(
    operation: OperationName,
    connections: number,
    seconds: number,
    keywrightFirst: boolean,
  ): Promise<Cell["pairs"][number]> {
    const { client, keywright, echo, options } = this.#parties;
    const batch = await client.prepare(operation, Math.ceil(this.#fastest * 1.5 * seconds));
    const port = echo.ports[options.operations.indexOf(operation)] ?? 0;
    const load = { connections, seconds };
    const askKeywright = () => timed(keywright, () => client.run(batch, load));
    const askEcho = () =>
      timed(echo, () =>
        runSlice({ ...load, port, requests: batch.requests, repeat: true, keep: () => false }),
      );
    const first = keywrightFirst ? await askKeywright() : undefined;
    const second = await askEcho();
    const pair = { keywright: first ?? (await askKeywright()), echo: second };
    requireComparable(pair);
    this.#fastest = Math.max(this.#fastest, pair.keywright.answered / pair.keywright.elapsed);
    return pair;
  }
}

async function timed(server: Server, work: () => Promise<Slice>): Promise<MeasuredSlice> {
  const before = cpuSeconds(server.pid);
  const slice = await work();
  return { ...slice, cpu: cpuSeconds(server.pid) - before };
}

/** A ratio means something only between equal answers. */
function requireComparable({ keywright, echo }: Cell["pairs"][number]): void {
  if (echo.failed > 0) throw new Error(`${echo.failed} answers of the echo were not 200`);
  const sizes = [keywright, echo].map((slice) => slice.bytesReceived / slice.answered);
  if (sizes[0] !== sizes[1])
    throw new Error(`Keywright's answers have ${sizes[0]} bytes, the echo's ${sizes[1]}`);
}
