import { formatSpread, known, milliseconds } from "./format.ts";
import { describeMachine } from "./machine.ts";
import type { Measurement } from "./measure.ts";
import { formatScenarios } from "./report-scenarios.ts";
import type { Row } from "./rows.ts";
import { rowsOf } from "./rows.ts";
import { names } from "./setting.ts";

/** The run as Markdown: tables, and lines on the machine and the method. */
export function formatMeasurement(measurement: Measurement): string {
  const rows = rowsOf(measurement.cells);
  const isPeer = ({ server }: Row): boolean => !ownNames.includes(server);
  const sections = [
    table(
      "Of echo",
      rows.filter(({ server }) => beside.includes(server)),
    ),
    comparison(rows, measurement.syncP50),
    table(
      "Of plain HTTP",
      rows.filter(({ server }) => server === names.tls),
    ),
    table(
      "Of one worker",
      rows.filter(({ server }) => server === names.workers),
    ),
    table(
      "2 workers with one journal, of these",
      rows.filter(({ server }) => server === names.pair),
    ),
    table("Keywright is … times as fast", rows.filter(isPeer)),
    peers(measurement),
    formatScenarios(measurement),
    method(measurement),
    warnings(rows),
  ];
  return sections.filter((text) => text !== "").join("\n\n");
}

const beside: readonly string[] = [names.keywright, names.echo];
const ownNames: readonly string[] = Object.values(names);

const columns = [
  "Operation",
  "Connections",
  "Server",
  "Requests/s",
  "Quiet",
  "p50 ms",
  "p99 ms",
  "p999 ms",
  "CPU µs/request",
  "Core used",
];

function table(last: string, rows: readonly Row[]): string {
  if (rows.length === 0) return "";
  const head = [...columns, `${last} (min–max)`, "By CPU time"];
  return [
    `| ${head.join(" | ")} |`,
    `|${" --- |".repeat(3)}${" ---: |".repeat(head.length - 3)}`,
    ...rows.map(formatRow),
  ].join("\n");
}

function formatRow(row: Row): string {
  const cells = [
    row.operation,
    row.connections,
    row.server,
    row.rate.toFixed(0),
    row.quiet.toFixed(0),
    milliseconds(row.p50),
    milliseconds(row.p99),
    milliseconds(row.p999),
    known(row.cpu * 1e6, 1),
    `${known(row.utilisation, 2)}${markOf(row)}`,
    row.ratio === undefined ? "" : formatSpread(row.ratio, row.ratio.max < 2 ? 3 : 1),
    row.cpuRatio === undefined ? "" : known(row.cpuRatio, 3),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** What waiting costs: one connection beside the echo and the disk, and the tail at 64 beside the echo's. */
function comparison(rows: readonly Row[], syncP50: number): string {
  const at = (server: string, connections: number, operation: string): Row | undefined =>
    rows.find(
      (row) =>
        row.server === server && row.connections === connections && row.operation === operation,
    );
  const operations = [...new Set(rows.map(({ operation }) => operation))];
  const alone = operations.flatMap((operation) => {
    const [ours, echo] = [at(names.keywright, 1, operation), at(names.echo, 1, operation)];
    if (ours === undefined || echo === undefined) return [];
    const syncs = ((ours.p50 - echo.p50) * 1e3) / syncP50;
    return `| ${operation} | ${milliseconds(ours.p50)} | ${milliseconds(echo.p50)} | ${syncs.toFixed(2)} |`;
  });
  const many = operations.flatMap((operation) => {
    const [ours, echo] = [at(names.keywright, 64, operation), at(names.echo, 64, operation)];
    if (ours === undefined || echo === undefined) return [];
    return `| ${operation} | ${milliseconds(ours.p99)} | ${milliseconds(echo.p99)} | ${(ours.p99 / echo.p99).toFixed(1)} |`;
  });
  const first = `| One connection | p50 ms | echo's p50 ms | more, in fdatasyncs of ${syncP50.toFixed(3)} ms |`;
  const second = "| 64 connections | p99 ms | echo's p99 ms | times the echo's |";
  const rule = "| --- | ---: | ---: | ---: |";
  return [
    alone.length === 0 ? [] : [[first, rule, ...alone].join("\n")],
    many.length === 0 ? [] : [[second, rule, ...many].join("\n")],
  ]
    .flat()
    .join("\n\n");
}

function peers({ options }: Measurement): string {
  if (options.peers.length === 0) return "PEERS: not measured: no --peer, no --vault.";
  const notes = options.peers.map(({ name, url, speaks }) =>
    speaks === "vault"
      ? `${name} is Vault's transit engine at ${url.href}, without a context.`
      : `${name} is ${url.href}, which got requests of the same kind, signed for it.`,
  );
  return `${notes.join(" ")} Peers run where whoever started them put them; their processor time is not known.`;
}

function method(measurement: Measurement): string {
  const { options, pinning, fileSystem, syncP50, services } = measurement;
  const cores =
    pinning === undefined
      ? "NOT PINNED (needs Linux's taskset and two cores): servers and load share all cores"
      : `servers on core ${pinning.servers}, load on core ${pinning.generator}`;
  return [
    `- Machine: ${describeMachine()}; data folder on ${fileSystem}, fdatasync of 1 KiB p50 ${syncP50.toFixed(3)} ms; ${cores}.`,
    `- Rounds: ${options.rounds} of ${options.seconds} s slices.`,
    ...services.map(
      ({ name, acknowledged, audited }) =>
        `- ${name}: ${acknowledged} answers, warm-up and checks included; ${audited} audit records.`,
    ),
  ].join("\n");
}

/** Below this part of its core a server with many connections waited for something; above it the load had no more to give. */
const busy = 0.9;
const [waited, outpaced] = [" !", " !!"];

function markOf({ connections, utilisation, generator }: Row): string {
  if (connections <= 8 || !(utilisation < busy)) return "";
  return generator < busy ? waited : outpaced;
}

function warnings(rows: readonly Row[]): string {
  const marks = new Set(rows.map(markOf));
  return [
    ...(marks.has(waited)
      ? [
          `WARNING: in rows marked with !, the server had less than ${busy} of its core though the load had time left: because of other work on the machine, or waiting for the disk. Do not quote them.`,
        ]
      : []),
    ...(marks.has(outpaced)
      ? ["WARNING: in rows marked with !!, the load was the bottleneck. Do not quote them."]
      : []),
  ].join("\n");
}
