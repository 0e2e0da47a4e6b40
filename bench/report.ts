import { describeMachine } from "./machine.ts";
import type { Cell, MeasuredSlice, Measurement } from "./measure.ts";
import type { OperationName } from "./operations.ts";
import type { Spread } from "./statistics.ts";
import { median, secondBest, spread } from "./statistics.ts";

/** One server at one operation and number of connections: medians over the rounds. */
export interface Row {
  readonly operation: OperationName;
  readonly connections: number;
  readonly server: "Keywright" | "echo";
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
  /** Requests a second, of all slices and of the second best. */
  readonly rate: number;
  readonly quiet: number;
  /** Seconds. */
  readonly p50: number;
  readonly p99: number;
  /** Seconds of processor time for one request. */
  readonly cpu: number;
  /** Part of the slice in which the server's core worked for it. */
  readonly utilisation: number;
  /** Keywright's rate as part of the echo's, slice by slice. */
  readonly ratio?: Spread;
}

export function rowsOf({ cells }: Measurement): readonly Row[] {
  return cells.flatMap((cell) => {
    const ratio = spread(cell.pairs.map(({ keywright, echo }) => rateOf(keywright) / rateOf(echo)));
    return [
      {
        ...summarise(
          cell,
          "Keywright",
          cell.pairs.map((pair) => pair.keywright),
        ),
        ratio,
      },
      summarise(
        cell,
        "echo",
        cell.pairs.map((pair) => pair.echo),
      ),
    ];
  });
}

function summarise(
  { operation, connections }: Cell,
  server: Row["server"],
  slices: readonly MeasuredSlice[],
): Row {
  const middle = (of: (slice: MeasuredSlice) => number): number => median(slices.map(of));
  const total = (of: (slice: MeasuredSlice) => number): number =>
    slices.reduce((sum, slice) => sum + of(slice), 0);
  return {
    operation,
    connections,
    server,
    sent: total((slice) => slice.sent),
    answered: total((slice) => slice.answered),
    failed: total((slice) => slice.failed),
    rate: middle(rateOf),
    quiet: secondBest(slices.map(rateOf)),
    p50: middle((slice) => slice.p50),
    p99: middle((slice) => slice.p99),
    cpu: middle((slice) => slice.cpu / slice.answered),
    utilisation: middle((slice) => slice.cpu / slice.elapsed),
  };
}

function rateOf(slice: MeasuredSlice): number {
  return slice.answered / slice.elapsed;
}

const columns = [
  "Operation",
  "Connections",
  "Server",
  "Requests/s",
  "Quiet",
  "p50 ms",
  "p99 ms",
  "CPU µs/request",
  "Core used",
  "Of echo (min–max)",
];

/** The run as a Markdown table, with lines on the machine and the method. */
export function formatMeasurement(measurement: Measurement): string {
  const { options, pinning, fileSystem, syncP50, acknowledged, audited } = measurement;
  const cores =
    pinning === undefined
      ? "NOT PINNED (needs Linux's taskset and two cores): servers and load share all cores"
      : `servers on core ${pinning.servers}, load on core ${pinning.generator}`;
  const rows = rowsOf(measurement);
  return [
    `| ${columns.join(" | ")} |`,
    `|${" --- |".repeat(3)}${" ---: |".repeat(columns.length - 3)}`,
    ...rows.map(formatRow),
    "",
    `Machine: ${describeMachine()}; data folder on ${fileSystem}, fdatasync of 1 KiB p50 ${syncP50.toFixed(3)} ms; ${cores}.`,
    `Rounds: ${options.rounds} of ${options.seconds} s slices. Answers of Keywright, warm-up and checks included: ${acknowledged}; audit records: ${audited}.`,
    ...warnings(rows),
  ].join("\n");
}

/** Below this part of its core a server with many connections waited for something else. */
const busy = 0.9;

function warnings(rows: readonly Row[]): readonly string[] {
  const starved = rows.filter(
    ({ connections, utilisation }) => connections > 8 && utilisation < busy,
  );
  if (starved.length === 0) return [];
  return [
    `WARNING: in ${starved.length} rows the server had less than ${busy} of its core: other work on the machine, or a load that could not keep up. Do not quote them.`,
  ];
}

function formatRow(row: Row): string {
  const { ratio } = row;
  const cells = [
    row.operation,
    row.connections,
    row.server,
    row.rate.toFixed(0),
    row.quiet.toFixed(0),
    (row.p50 * 1e3).toFixed(2),
    (row.p99 * 1e3).toFixed(2),
    known(row.cpu * 1e6, 1),
    known(row.utilisation, 2),
    ratio === undefined
      ? ""
      : `${ratio.median.toFixed(3)} (${ratio.min.toFixed(3)}–${ratio.max.toFixed(3)})`,
  ];
  return `| ${cells.join(" | ")} |`;
}

function known(value: number, digits: number): string {
  return Number.isNaN(value) ? "–" : value.toFixed(digits);
}
