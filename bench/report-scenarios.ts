import { formatSpread, milliseconds } from "./format.ts";
import { groups } from "./handshakes.ts";
import type { Memory } from "./machine.ts";
import type { Measurement } from "./measure.ts";
import type { Latency } from "./mixed.ts";
import { names } from "./setting.ts";
import { median, spread } from "./statistics.ts";
import type { SteadyRun } from "./steady.ts";

/** What was measured beside the contest, each as a table of its own. */
export function formatScenarios(measurement: Measurement): string {
  const sections = [
    mixed(measurement),
    flood(measurement),
    handshakes(measurement),
    steady(measurement),
    memory(measurement),
  ];
  return sections.filter((text) => text !== "").join("\n\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), `| --- |${" ---: |".repeat(head.length - 1)}`, ...rows.map(line)].join("\n");
}

const latencyHead = ["64 connections", "p50 ms", "p99 ms", "p99, of symmetric alone (min–max)"];

/** Medians of the rounds, and round by round the p99 as a multiple of that alone. */
function latencyRow(
  name: string,
  latencies: readonly Latency[],
  alone: readonly Latency[],
): readonly string[] {
  const ratio = spread(latencies.map(({ p99 }, round) => p99 / (alone[round]?.p99 ?? Number.NaN)));
  return [
    name,
    milliseconds(median(latencies.map(({ p50 }) => p50))),
    milliseconds(median(latencies.map(({ p99 }) => p99))),
    latencies === alone ? "" : formatSpread(ratio, 2),
  ];
}

function mixed({ mixed: rounds }: Measurement): string {
  if (rounds.length === 0) return "";
  const alone = rounds.map((round) => round.alone);
  const row = (kind: keyof (typeof rounds)[number]["mixed"], name: string): readonly string[] =>
    latencyRow(
      name,
      rounds.map((round) => round.mixed[kind]),
      alone,
    );
  const rate = median(rounds.map((round) => round.rate)).toFixed(0);
  return table(latencyHead, [
    latencyRow("symmetric alone", alone, alone),
    row("symmetric", `mixed (${rate} requests/s): symmetric, 80 %`),
    row("signing", "mixed: Sign with ECC_NIST_P256 and RSA_2048, 15 %"),
    row("management", "mixed: management, 5 %"),
  ]);
}

function flood({ flood: rounds }: Measurement): string {
  if (rounds.length === 0) return "";
  const alone = rounds.map((round) => round.alone);
  const keys = rounds.reduce((sum, round) => sum + round.keys, 0);
  return table(latencyHead, [
    latencyRow("symmetric alone", alone, alone),
    latencyRow(
      `symmetric beside RSA_4096 key generation (${keys} keys made)`,
      rounds.map((round) => round.beside),
      alone,
    ),
  ]);
}

function handshakes({ handshakes: slices }: Measurement): string {
  if (slices.length === 0) return "";
  const rows = groups.map((group) => {
    const mine = slices.filter((each) => each.group === group);
    const rates = mine.map(({ done, elapsed }) => done / elapsed);
    const cpu = median(mine.map((each) => each.cpu / each.done));
    return [
      group,
      formatSpread(spread(rates), 0),
      (cpu * 1e6).toFixed(0),
      (1 / cpu).toFixed(0),
      median(mine.map((each) => each.cpu / each.elapsed)).toFixed(2),
      median(mine.map(({ generator }) => generator)).toFixed(2),
    ];
  });
  const head = [
    "Handshakes",
    "a second (min–max)",
    "server's CPU µs each",
    "a second of the server's core",
    "core used",
    "load's core used",
  ];
  return table(head, rows);
}

function steady({ steady: runs, options }: Measurement): string {
  if (runs === undefined) return "";
  const row = (name: string, run: SteadyRun): readonly string[] => [
    `${name}, ${run.elapsed.toFixed(0)} s`,
    run.rate.toFixed(0),
    ...[run.p50, run.p99, run.p999, run.slowest, run.pause, run.collection].map(milliseconds),
  ];
  const head = [
    "Encrypt, 64 connections",
    "requests/s",
    ...["p50 ms", "p99 ms", "p999 ms", "slowest ms", "longest pause ms", "load's own pause ms"],
  ];
  const note = `A pause is time in which no connection got an answer, of a run of ${options.steadySeconds} s without a break.`;
  const rows = [row(names.keywright, runs.keywright), row(names.echo, runs.echo)];
  return `${table(head, rows)}\n\n${note}`;
}

function memory({ services, echoMemory }: Measurement): string {
  const row = (name: string, { resident, peak }: Memory): readonly string[] => [
    name,
    megabytes(resident),
    megabytes(peak),
  ];
  return table(
    ["Memory", "resident at the end, MB", "at most, MB"],
    [...services.map((each) => row(each.name, each.memory)), row(names.echo, echoMemory)],
  );
}

function megabytes(bytes: number): string {
  return Number.isNaN(bytes) ? "–" : (bytes / 1e6).toFixed(0);
}
