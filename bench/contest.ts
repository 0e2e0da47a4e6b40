import type { Batch, Client } from "./client.ts";
import type { Endpoint, Load, Slice } from "./load.ts";
import { runSlice } from "./load.ts";
import { cpuSeconds } from "./machine.ts";
import type { OperationName } from "./operations.ts";

/** What is kept of a slice, and the processor time that its server took for it, in seconds. */
export interface MeasuredSlice extends Omit<Slice, "latencies" | "indexes" | "kept"> {
  readonly latencies: Float32Array;
  readonly cpu: number;
}

type Pace = Pick<Load, "connections" | "seconds">;

/** One of the servers that are measured in turns. */
export interface Contestant {
  readonly name: string;
  /** Undefined of a server that somebody else has started. */
  readonly pid: number | undefined;
  /** Whether it takes part. */
  plays(operation: OperationName, connections: number): boolean;
  /** Makes all that is needed, and returns what starts the slice. */
  prepare(operation: OperationName, pace: Pace): Promise<() => Promise<Slice>>;
}

/** The slices of one operation at one number of connections, by contestant; those of one index are of one round. */
export interface Cell {
  readonly operation: OperationName;
  readonly connections: number;
  readonly slices: ReadonlyMap<string, readonly MeasuredSlice[]>;
}

export interface ContestOptions {
  readonly rounds: number;
  /** Length of a slice. */
  readonly seconds: number;
  readonly connections: readonly number[];
  readonly operations: readonly OperationName[];
}

/** What happens before each round, and what the slices of each turn have to agree in. */
export interface Referee {
  round(): void;
  check(slices: ReadonlyMap<string, MeasuredSlice>): void;
}

/** Measures the contestants in turns, round by round. */
export async function holdContest(
  contestants: readonly Contestant[],
  options: ContestOptions,
  referee: Referee,
): Promise<readonly Cell[]> {
  const { operations, connections, rounds, seconds } = options;
  const most = Math.max(...connections);
  // Until all are compiled.
  for (const operation of operations)
    referee.check(
      await takeTurns(contestants, operation, { connections: most, seconds: 2 * seconds }),
    );
  const fields = operations.flatMap((operation) =>
    connections.map((count) => ({ operation, count, slices: new Map<string, MeasuredSlice[]>() })),
  );
  for (let round = 0; round < rounds; round++) {
    referee.round();
    // Nobody always has the core while it is still warm from the same other one.
    const order = round % 2 === 0 ? contestants : contestants.toReversed();
    for (const { operation, count, slices } of fields) {
      const turn = await takeTurns(order, operation, { connections: count, seconds });
      referee.check(turn);
      for (const [name, slice] of turn) slices.set(name, [...(slices.get(name) ?? []), slice]);
    }
  }
  return fields.map(({ operation, count, slices }) => ({ operation, connections: count, slices }));
}

async function takeTurns(
  contestants: readonly Contestant[],
  operation: OperationName,
  pace: Pace,
): Promise<ReadonlyMap<string, MeasuredSlice>> {
  const ready: (readonly [Contestant, () => Promise<Slice>])[] = [];
  for (const contestant of contestants)
    if (contestant.plays(operation, pace.connections))
      ready.push([contestant, await contestant.prepare(operation, pace)]);
  const slices = new Map<string, MeasuredSlice>();
  for (const [{ name, pid }, start] of ready) slices.set(name, await timed(pid, start));
  return slices;
}

async function timed(pid: number | undefined, work: () => Promise<Slice>): Promise<MeasuredSlice> {
  const spent = (): number => (pid === undefined ? Number.NaN : cpuSeconds(pid));
  const before = spent();
  const { latencies, indexes: _indexes, kept: _kept, ...slice } = await work();
  return { ...slice, latencies: Float32Array.from(latencies), cpu: spent() - before };
}

interface Entry {
  readonly name: string;
  readonly pid?: number;
  readonly client: Client;
  /** Requests a second that are made ready at first. */
  readonly pace: number;
  /** How many times as long as another's its slices are. */
  readonly patience?: number;
  readonly mostConnections?: number;
}

/** A server whose requests are made for it alone. */
export class ClientContestant implements Contestant {
  readonly #entry: Entry;
  /** The most requests a second that were answered, by operation and connections; requests are made for half as many again. */
  readonly #fastest = new Map<string, number>();
  readonly #batches = new Map<OperationName, Batch>();

  constructor(entry: Entry) {
    this.#entry = entry;
  }

  get name(): string {
    return this.#entry.name;
  }

  get pid(): number | undefined {
    return this.#entry.pid;
  }

  /** The requests that were made last for an operation. */
  requests(operation: OperationName): readonly Buffer[] {
    return this.#batches.get(operation)?.requests ?? [];
  }

  plays(operation: OperationName, connections: number): boolean {
    const { client, mostConnections = Number.POSITIVE_INFINITY } = this.#entry;
    return client.operations.includes(operation) && connections <= mostConnections;
  }

  async prepare(operation: OperationName, pace: Pace): Promise<() => Promise<Slice>> {
    const { client, patience = 1 } = this.#entry;
    const seconds = pace.seconds * patience;
    const name = `${operation} ${pace.connections}`;
    const fastest = this.#fastest.get(name) ?? this.#entry.pace;
    const batch = await client.prepare(operation, Math.ceil(fastest * 1.5 * seconds));
    this.#batches.set(operation, batch);
    return async () => {
      const slice = await client.run(batch, { connections: pace.connections, seconds });
      this.#fastest.set(name, Math.max(fastest, slice.answered / slice.elapsed));
      return slice;
    };
  }
}

/** The echo, which gets another contestant's requests, again and again. */
export class EchoContestant implements Contestant {
  readonly name: string;
  readonly pid: number;
  readonly #endpoints: ReadonlyMap<OperationName, Endpoint>;
  readonly #source: ClientContestant;

  constructor(
    name: string,
    server: { readonly pid: number; readonly endpoints: ReadonlyMap<OperationName, Endpoint> },
    source: ClientContestant,
  ) {
    this.name = name;
    this.pid = server.pid;
    this.#endpoints = server.endpoints;
    this.#source = source;
  }

  plays(): boolean {
    return true;
  }

  prepare(operation: OperationName, pace: Pace): Promise<() => Promise<Slice>> {
    return Promise.resolve(async () => {
      const requests = this.#source.requests(operation);
      const request = (index: number): Buffer | undefined => requests[index % requests.length];
      const endpoint = this.#endpoints.get(operation);
      if (endpoint === undefined) throw new TypeError(`no echo of ${operation}`);
      const slice = await runSlice({ ...pace, endpoint, request, keep: () => false });
      if (slice.failed > 0) throw new Error(`${slice.failed} answers of the echo were not 200`);
      return slice;
    });
  }
}
