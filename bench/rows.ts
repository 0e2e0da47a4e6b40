import type { Cell, MeasuredSlice } from "./contest.ts";
import type { OperationName } from "./operations.ts";
import { names } from "./setting.ts";
import type { Spread } from "./statistics.ts";
import { median, quantiles, secondBest, spread } from "./statistics.ts";

/** One server at one operation and number of connections: medians over the rounds. Times in seconds. */
export interface Row {
  readonly operation: OperationName;
  readonly connections: number;
  readonly server: string;
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
  /** Requests a second, of all slices and of the second best. */
  readonly rate: number;
  readonly quiet: number;
  readonly p50: number;
  readonly p99: number;
  /** Of the answers of all rounds together: a slice alone has too few. */
  readonly p999: number;
  /** The longest time without any answer, of all rounds. */
  readonly pause: number;
  /** Processor time of one request. */
  readonly cpu: number;
  /** Part of the slice in which the server's core worked for it, and the load's core for the load. */
  readonly utilisation: number;
  readonly generator: number;
  /**
   * Round by round: Keywright's rate as part of the echo's, that of TLS as part of plain HTTP's, that of two workers as part of one's and
   * of two servers', and Keywright's as a multiple of a peer's.
   */
  readonly ratio?: Spread;
  /** The same as the median of ratios of processor time: what it would be if nothing else took the core. */
  readonly cpuRatio?: number;
}

export function rowsOf(cells: readonly Cell[]): readonly Row[] {
  return cells.flatMap((cell) =>
    [...cell.slices.keys()]
      .toSorted((a, b) => rank(a) - rank(b))
      .map((server) => ({ ...summarise(cell, server), ...ratiosOf(cell, server) })),
  );
}

const ranks: readonly string[] = [
  names.keywright,
  names.echo,
  names.tls,
  names.workers,
  names.pair,
];

function rank(server: string): number {
  const at = ranks.indexOf(server);
  return at < 0 ? ranks.length : at;
}

function ratiosOf({ slices }: Cell, server: string): Pick<Row, "ratio" | "cpuRatio"> {
  if (server === names.echo) return {};
  const against = (over: string, under: string): Pick<Row, "ratio" | "cpuRatio"> => {
    const below = slices.get(under) ?? [];
    const ratios = (of: (slice: MeasuredSlice) => number): readonly number[] =>
      (slices.get(over) ?? []).map((slice, round) => {
        const other = below[round];
        return other === undefined ? Number.NaN : of(slice) / of(other);
      });
    const work = (slice: MeasuredSlice): number => slice.answered / slice.cpu;
    return { ratio: spread(ratios(rateOf)), cpuRatio: median(ratios(work)) };
  };
  if (server === names.keywright) return against(server, names.echo);
  if (server === names.tls || server === names.workers) return against(server, names.keywright);
  if (server === names.pair) return against(names.workers, server);
  return against(names.keywright, server);
}

function summarise({ operation, connections, slices }: Cell, server: string): Row {
  const mine = slices.get(server) ?? [];
  const middle = (of: (slice: MeasuredSlice) => number): number => median(mine.map(of));
  const total = (of: (slice: MeasuredSlice) => number): number =>
    mine.reduce((sum, slice) => sum + of(slice), 0);
  const within = (part: number) => (slice: MeasuredSlice) =>
    quantiles(slice.latencies, part)[0] ?? Number.NaN;
  const all = mine.flatMap(({ latencies }) => [...latencies]);
  return {
    operation,
    connections,
    server,
    sent: total((slice) => slice.sent),
    answered: total((slice) => slice.answered),
    failed: total((slice) => slice.failed),
    rate: middle(rateOf),
    quiet: secondBest(mine.map(rateOf)),
    p50: middle(within(0.5)),
    p99: middle(within(0.99)),
    p999: quantiles(all, 0.999)[0] ?? Number.NaN,
    pause: Math.max(...mine.map((slice) => slice.pause)),
    cpu: middle((slice) => slice.cpu / slice.answered),
    utilisation: middle((slice) => slice.cpu / slice.elapsed),
    generator: middle((slice) => slice.generator),
  };
}

function rateOf(slice: MeasuredSlice): number {
  return slice.answered / slice.elapsed;
}
