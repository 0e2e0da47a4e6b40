import type { Batch, Client } from "./client.ts";
import type { Endpoint, Load, Slice } from "./load.ts";
import { runSlice } from "./load.ts";
import { cpuSeconds, quiet } from "./machine.ts";
import type { OperationName } from "./operations.ts";

/** What is kept of a slice. */
export interface MeasuredSlice extends Omit<Slice, "latencies" | "indexes" | "kept"> {
  readonly latencies: Float32Array;
}

type Pace = Pick<Load, "connections" | "seconds">;

/** One of the servers that are measured in turns. */
export interface Contestant {
  readonly name: string;
  /** Whether it takes part. */
  plays(operation: OperationName, connections: number): boolean;
  /** Makes all that is needed, and returns what starts the slice. */
  prepare(operation: OperationName, pace: Pace): Promise<() => Promise<Slice>>;
  /** Waits until its server has hardly worked for so many seconds: nobody else shall have to share the core with what it has left to do. */
  settle(seconds: number): Promise<void>;
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

/** What happens before each round, and what the slices of one cell and round have to agree in. */
export interface Referee {
  round(): void;
  check(slices: ReadonlyMap<string, MeasuredSlice>): void;
}

/** Until all are compiled, which takes a service longer than an echo. */
const warmUpTurns = 4;

async function warmUp(
  contestants: readonly Contestant[],
  { operations, connections, seconds }: ContestOptions,
): Promise<void> {
  for (const operation of operations)
    for (const contestant of contestants)
      await takeTurn(contestant, operation, [Math.max(...connections)], seconds);
}

/** Measures the contestants in turns, round by round. */
export async function holdContest(
  contestants: readonly Contestant[],
  options: ContestOptions,
  referee: Referee,
): Promise<readonly Cell[]> {
  const { operations, connections, rounds } = options;
  for (let turn = 0; turn < warmUpTurns; turn++) await warmUp(contestants, options);
  const cells = operations.flatMap((operation) =>
    connections.map((count) => new GrowingCell(operation, count)),
  );
  for (let round = 0; round < rounds; round++) {
    referee.round();
    // Nobody always has the core while it is still warm from the same other one.
    const order = round % 2 === 0 ? contestants : contestants.toReversed();
    for (const operation of operations) {
      const row = cells.filter((cell) => cell.operation === operation);
      for (const contestant of order) await fill(row, contestant, options);
      for (const { latest } of row) referee.check(latest);
    }
  }
  return cells;
}

/** What a server does once a second has been done after so many seconds; slices shorter than that do not wait as long either. */
const calm = 1.2;

/** One contestant's turn at the cells of an operation. */
async function fill(
  row: readonly GrowingCell[],
  contestant: Contestant,
  { connections, seconds }: ContestOptions,
): Promise<void> {
  const [first] = row;
  if (first === undefined) return;
  const turn = await takeTurn(contestant, first.operation, connections, seconds);
  for (const cell of row) cell.add(contestant.name, turn.get(cell.connections));
  await contestant.settle(Math.min(calm, calm * seconds));
}

class GrowingCell implements Cell {
  readonly operation: OperationName;
  readonly connections: number;
  readonly slices = new Map<string, readonly MeasuredSlice[]>();
  readonly latest = new Map<string, MeasuredSlice>();

  constructor(operation: OperationName, connections: number) {
    this.operation = operation;
    this.connections = connections;
  }

  add(name: string, slice: MeasuredSlice | undefined): void {
    if (slice === undefined) return;
    this.latest.set(name, slice);
    this.slices.set(name, [...(this.slices.get(name) ?? []), slice]);
  }
}

/** All of one contestant's slices of an operation, by connections, without a break between them. */
async function takeTurn(
  contestant: Contestant,
  operation: OperationName,
  connections: readonly number[],
  seconds: number,
): Promise<ReadonlyMap<number, MeasuredSlice>> {
  const ready: (readonly [number, () => Promise<Slice>])[] = [];
  for (const count of connections)
    if (contestant.plays(operation, count))
      ready.push([count, await contestant.prepare(operation, { connections: count, seconds })]);
  const slices = new Map<number, MeasuredSlice>();
  for (const [count, start] of ready) {
    const { latencies, indexes: _indexes, kept: _kept, ...slice } = await start();
    slices.set(count, { ...slice, latencies: Float32Array.from(latencies) });
  }
  return slices;
}

function cpuOf(pid: number | undefined): Pick<Load, "cpu"> {
  return pid === undefined ? {} : { cpu: () => cpuSeconds(pid) };
}

interface Entry {
  readonly name: string;
  /** Absent of a server that somebody else has started. */
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

  /** The requests that were made last for an operation. */
  requests(operation: OperationName): readonly Buffer[] {
    return this.#batches.get(operation)?.requests ?? [];
  }

  plays(operation: OperationName, connections: number): boolean {
    const { client, mostConnections = Number.POSITIVE_INFINITY } = this.#entry;
    return client.operations.includes(operation) && connections <= mostConnections;
  }

  async settle(seconds: number): Promise<void> {
    if (this.#entry.pid !== undefined) await quiet(this.#entry.pid, seconds);
  }

  async prepare(operation: OperationName, pace: Pace): Promise<() => Promise<Slice>> {
    const { client, patience = 1, pid } = this.#entry;
    const seconds = pace.seconds * patience;
    const name = `${operation} ${pace.connections}`;
    const fastest = this.#fastest.get(name) ?? this.#entry.pace;
    const batch = await client.prepare(operation, Math.ceil(fastest * 1.5 * seconds));
    this.#batches.set(operation, batch);
    return async () => {
      const load = { connections: pace.connections, seconds, ...cpuOf(pid) };
      const slice = await client.run(batch, load);
      this.#fastest.set(name, Math.max(fastest, slice.answered / slice.elapsed));
      return slice;
    };
  }
}

/** The echo, which gets another contestant's requests, again and again. */
export class EchoContestant implements Contestant {
  readonly name: string;
  readonly #pid: number;
  readonly #endpoints: ReadonlyMap<OperationName, Endpoint>;
  readonly #source: ClientContestant;

  constructor(
    name: string,
    server: { readonly pid: number; readonly endpoints: ReadonlyMap<OperationName, Endpoint> },
    source: ClientContestant,
  ) {
    this.name = name;
    this.#pid = server.pid;
    this.#endpoints = server.endpoints;
    this.#source = source;
  }

  plays(): boolean {
    return true;
  }

  settle(): Promise<void> {
    return Promise.resolve();
  }

  prepare(operation: OperationName, pace: Pace): Promise<() => Promise<Slice>> {
    return Promise.resolve(async () => {
      const requests = this.#source.requests(operation);
      const request = (index: number): Buffer | undefined => requests[index % requests.length];
      const endpoint = this.#endpoints.get(operation);
      if (endpoint === undefined) throw new TypeError(`no echo of ${operation}`);
      const load = { ...pace, ...cpuOf(this.#pid), endpoint, request, keep: () => false };
      const slice = await runSlice(load);
      if (slice.failed > 0) throw new Error(`${slice.failed} answers of the echo were not 200`);
      return slice;
    });
  }
}
