import { rmSync } from "node:fs";
import type { Cell, Contestant, MeasuredSlice } from "./contest.ts";
import { ClientContestant, EchoContestant, holdContest } from "./contest.ts";
import type { FloodRound } from "./flood.ts";
import { measureFlood } from "./flood.ts";
import type { Handshakes } from "./handshakes.ts";
import { measureHandshakes } from "./handshakes.ts";
import type { Memory, Pinning } from "./machine.ts";
import {
  choosePinning,
  createDiskFolder,
  fileSystemOf,
  measureSync,
  memoryOf,
  pinGenerator,
} from "./machine.ts";
import type { MixedRound } from "./mixed.ts";
import { measureMixed } from "./mixed.ts";
import { PairContestant } from "./pair.ts";
import type { Audited, BenchOptions, Part, Service, Setting } from "./setting.ts";
import { audit, echoOf, names, setUp } from "./setting.ts";
import { median } from "./statistics.ts";
import type { SteadyRun } from "./steady.ts";
import { measureSteady } from "./steady.ts";

/** A whole run. */
export interface Measurement {
  readonly options: BenchOptions;
  readonly cells: readonly Cell[];
  readonly mixed: readonly MixedRound[];
  readonly flood: readonly FloodRound[];
  readonly handshakes: readonly Handshakes[];
  readonly steady?: { readonly keywright: SteadyRun; readonly echo: SteadyRun };
  readonly echoMemory: Memory;
  readonly services: readonly Audited[];
  readonly pinning: Pinning | undefined;
  readonly fileSystem: string;
  /** Median of fdatasync in the servers' folder, in milliseconds. */
  readonly syncP50: number;
}

/** Runs Keywright, the echo and their peers side by side and measures them in turns. Throws when an answer is wrong. */
export async function measure(options: BenchOptions): Promise<Measurement> {
  const folder = createDiskFolder();
  const pinning = choosePinning();
  pinGenerator(pinning);
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
  const setting = await setUp(folder, pinning, options, cleanUp);
  const results = await run(setting, options, folder);
  return { ...results, options, pinning, fileSystem: fileSystemOf(folder) };
}

type Results = Omit<Measurement, "options" | "pinning" | "fileSystem">;

async function run(setting: Setting, options: BenchOptions, folder: string): Promise<Results> {
  const { plain, tls, workers, echo } = setting;
  const wants = (part: Part): boolean => options.parts.includes(part);
  const syncs: number[] = [...measureSync(folder)];
  const referee = {
    round: () => void syncs.push(...measureSync(folder)),
    check: requireComparable,
  };
  const contestants = contestantsOf(setting, options);
  const cells = contestants.length > 0 ? await holdContest(contestants, options, referee) : [];
  const { rounds, seconds } = options;
  const pace = { rounds, seconds, connections: 64 };
  const mixed = wants("mixed") ? await measureMixed(plain.target, pace) : [];
  const handshakes =
    wants("handshakes") && tls !== undefined
      ? await measureHandshakes({ endpoint: tls.server.endpoint, pid: tls.server.pid }, options)
      : [];
  const steady = wants("steady")
    ? await measureSteady(plain.target.client, echoOf(echo, "Encrypt"), options.steadySeconds)
    : undefined;
  const flood = wants("flood")
    ? await measureFlood(plain.target, { ...pace, rounds: Math.min(3, rounds) })
    : [];
  const echoMemory = memoryOf(echo.pid);
  const services: Audited[] = [];
  const all = [plain, tls, workers?.one, ...(workers?.pair ?? [])];
  for (const service of all) if (service !== undefined) services.push(await audit(service));
  const results = { cells, mixed, handshakes, flood, echoMemory, services };
  return { ...results, ...(steady === undefined ? {} : { steady }), syncP50: median(syncs) };
}

function contestantsOf(
  { plain, tls, workers, echo, peers }: Setting,
  { parts }: BenchOptions,
): Contestant[] {
  const keywright = asContestant(plain);
  const wantsTls = tls !== undefined && parts.includes("tls");
  const wanted = parts.includes("echo") || wantsTls || workers !== undefined || peers.length > 0;
  if (!wanted) return [];
  return [
    keywright,
    new EchoContestant(names.echo, echo, keywright),
    ...(wantsTls ? [asContestant(tls)] : []),
    ...(workers === undefined
      ? []
      : [
          asContestant(workers.one),
          new PairContestant(names.pair, workers.pair.map(asContestant)),
        ]),
    ...peers.map(({ contestant }) => contestant),
  ];
}

function asContestant({ name, server: { pid }, target: { client } }: Service): ClientContestant {
  return new ClientContestant({ name, pid, client, pace: 4_000 });
}

/** A ratio to the echo means something only between equal answers. */
function requireComparable(slices: ReadonlyMap<string, MeasuredSlice>): void {
  const [ours, echo] = [names.keywright, names.echo].map((name) => {
    const slice = slices.get(name);
    return slice === undefined ? Number.NaN : slice.bytesReceived / slice.answered;
  });
  if (ours !== echo) throw new Error(`Keywright's answers have ${ours} bytes, the echo's ${echo}`);
}
