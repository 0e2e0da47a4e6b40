import type { ClientContestant, Contestant } from "./contest.ts";
import type { Load, Slice } from "./load.ts";
import type { OperationName } from "./operations.ts";

type Pace = Pick<Load, "connections" | "seconds">;

/** Two servers that share the connections between them. */
export class PairContestant implements Contestant {
  readonly name: string;
  readonly #both: readonly ClientContestant[];

  constructor(name: string, both: readonly ClientContestant[]) {
    this.name = name;
    this.#both = both;
  }

  plays(operation: OperationName, connections: number): boolean {
    return (
      connections >= this.#both.length &&
      this.#both.every((each) => each.plays(operation, connections))
    );
  }

  async settle(seconds: number): Promise<void> {
    await Promise.all(this.#both.map((each) => each.settle(seconds)));
  }

  async prepare(
    operation: OperationName,
    { connections, seconds }: Pace,
  ): Promise<() => Promise<Slice>> {
    const pace = { connections: Math.floor(connections / this.#both.length), seconds };
    const starts: (() => Promise<Slice>)[] = [];
    for (const each of this.#both) starts.push(await each.prepare(operation, pace));
    return async () => joined(await Promise.all(starts.map((start) => start())));
  }
}

/** Slices of one time as one. Indexes and answers are not kept: they are of different requests. */
function joined(slices: readonly Slice[]): Slice {
  const total = (of: (slice: Slice) => number): number =>
    slices.reduce((sum, slice) => sum + of(slice), 0);
  const complaint = slices.find((slice) => slice.complaint !== undefined)?.complaint;
  return {
    sent: total((slice) => slice.sent),
    answered: total((slice) => slice.answered),
    failed: total((slice) => slice.failed),
    bytesReceived: total((slice) => slice.bytesReceived),
    cpu: total((slice) => slice.cpu),
    elapsed: Math.max(...slices.map((slice) => slice.elapsed)),
    pause: Math.min(...slices.map((slice) => slice.pause)),
    generator: Math.max(...slices.map((slice) => slice.generator)),
    latencies: slices.flatMap((slice) => slice.latencies),
    indexes: [],
    kept: new Map(),
    ...(complaint === undefined ? {} : { complaint }),
  };
}
