import { readlinkSync } from "node:fs";
import { constants, setPriority } from "node:os";
import type { MessagePort } from "node:worker_threads";
import { parentPort, workerData } from "node:worker_threads";
import type {
  LookupPage,
  LookupQuery,
  TrailPosition,
  TrailRecord,
  TrailScope,
  TrailSlice,
} from "../../audit/trail.ts";
import { OperatorError } from "../../base/errors.ts";
import { randomIds } from "../../crypto/random.ts";
import { lookup, positionsOf, regionsOf } from "./lookup.ts";
import type { SequencerOptions } from "./sequencer.ts";
import { Sequencer } from "./sequencer.ts";
import type { Leaving } from "./upkeep.ts";

export interface TrailThreadOptions extends Omit<SequencerOptions, "durable" | "newId" | "now"> {
  /** One number, shared with the writer: the sequence that is on the disk. */
  readonly durable: BigInt64Array<SharedArrayBuffer>;
  /** Bytes of a segment of the journal. */
  readonly segmentBytes: number;
}

/** What the front of the process asks of the thread that keeps the logs. */
export type TrailQuestion =
  | { readonly kind: "settled" }
  | { readonly kind: "lookup"; readonly query: LookupQuery }
  | {
      readonly kind: "read";
      readonly scope: TrailScope;
      readonly after: TrailPosition;
      readonly bytes: number;
    }
  | { readonly kind: "regions"; readonly account: string; readonly after: TrailPosition }
  | { readonly kind: "position" }
  | { readonly kind: "tidy"; readonly leaving: Leaving }
  | {
      readonly kind: "usage" | "keyTimes";
      readonly accounts: readonly string[];
      readonly from: number;
      readonly to: number;
    }
  | { readonly kind: "close" };

export interface TrailRequest {
  readonly id: number;
  readonly question: TrailQuestion;
}

export type TrailReply =
  | { readonly kind: "ready" }
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "refused"; readonly id: number; readonly reason: string }
  | { readonly kind: "fatal"; readonly reason: string; readonly operator: boolean };

const { priority } = constants;

/** A checkpoint is signed at least so often while records come. */
const signEvery = 1_000;
/** Milliseconds for which upkeep may keep everything else waiting. */
const moment = 20;

if (parentPort !== null) serve(parentPort, workerData as TrailThreadOptions);

function serve(port: MessagePort, options: TrailThreadOptions): void {
  let timer: NodeJS.Timeout | undefined;
  /** Wipes the key before it says the last word: whoever hears that may end the thread at once. */
  const stop = (last: TrailReply): void => {
    clearInterval(timer);
    options.privateKey.fill(0);
    port.postMessage(last);
    port.close();
  };
  const guarded = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      stop({ kind: "fatal", ...explained(error) });
      return undefined;
    }
  };
  const sequencer = guarded(() => Sequencer.open(sequencerOptions(options)));
  if (sequencer === undefined) return;
  standBack();
  let busy = false;
  /** Goes on turn by turn, so that questions have theirs in between. */
  const step = (): void => {
    const more = guarded(() => {
      const taken = sequencer.take();
      // A fast writer fills more than one segment between two checkpoints.
      sequencer.prepare(options.segmentBytes);
      return taken;
    });
    busy = more === true;
    if (busy) setImmediate(step);
  };
  timer = setInterval(() => {
    if (!busy) step();
    guarded(() => sequencer.publish());
  }, signEvery);
  port.on("message", ({ id, question }: TrailRequest) => {
    if (question.kind === "close") {
      guarded(() => {
        settle(sequencer);
        sequencer.close();
      });
      return stop({ kind: "answer", id, value: undefined });
    }
    port.postMessage(answer(sequencer, id, question));
  });
  port.postMessage({ kind: "ready" });
}

/** Where one core has to do for all threads, calls come first: this one can fall behind, and catches up when there are fewer. */
function standBack(): void {
  try {
    // On Linux the priority is the thread's own, by its id: `<process>/task/<thread>`.
    const thread = Number(readlinkSync("/proc/thread-self").split("/").at(-1));
    setPriority(thread, priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Another system, or one that allows no such thing: then it takes its usual share.
  }
}

function sequencerOptions({ durable, ...options }: TrailThreadOptions): SequencerOptions {
  return {
    ...options,
    now: () => new Date(),
    newId: () => randomIds.uuid(),
    durable: () => Number(Atomics.load(durable, 0)),
  };
}

function settle(sequencer: Sequencer): void {
  while (sequencer.take());
  sequencer.publish();
}

function answer(
  sequencer: Sequencer,
  id: number,
  question: Exclude<TrailQuestion, { readonly kind: "close" }>,
): TrailReply {
  try {
    // Part of what was taken up may stand in the index already: nothing is asked of it before the log holds that, too.
    sequencer.publish();
    return { kind: "answer", id, value: answers[question.kind](sequencer, question as never) };
  } catch (error) {
    return { kind: "refused", id, reason: explained(error).reason };
  }
}

type Asked<Kind extends TrailQuestion["kind"]> = Extract<TrailQuestion, { readonly kind: Kind }>;

/** Works for a moment; whether there is more to do. */
function tidy(sequencer: Sequencer, leaving: Leaving): boolean {
  const end = performance.now() + moment;
  while (sequencer.tidy(leaving)) if (performance.now() >= end) return true;
  return false;
}

type UsageAsked = Extract<TrailQuestion, { readonly accounts: readonly string[] }>;

const answers = {
  settled: settle,
  lookup: (sequencer: Sequencer, { query }: Asked<"lookup">) => page(sequencer, query),
  read: (sequencer: Sequencer, asked: Asked<"read">) => slice(sequencer, asked),
  regions: ({ connection }: Sequencer, { account, after }: Asked<"regions">) =>
    regionsOf(connection, account, after),
  position: (sequencer: Sequencer) => sequencer.position,
  tidy: (sequencer: Sequencer, { leaving }: Asked<"tidy">) => tidy(sequencer, leaving),
  usage: ({ usage }: Sequencer, { accounts, from, to }: UsageAsked) =>
    usage.counts(accounts, from, to),
  keyTimes: ({ usage }: Sequencer, { accounts, from, to }: UsageAsked) =>
    usage.keyTimes(accounts, from, to),
} as const;

function page(sequencer: Sequencer, query: LookupQuery): LookupPage {
  const records: TrailRecord[] = [];
  let last: { time: number; position: number } | undefined;
  for (const hit of lookup(sequencer.connection, query)) {
    if (records.length === query.limit)
      return last === undefined ? { records } : { records, next: last };
    last = hit;
    const text = textAt(sequencer, hit.position);
    // The first 32 bits of two event ids may be the same.
    if (text !== undefined && isMeant(text, query)) records.push({ position: hit.position, text });
  }
  return { records };
}

function isMeant(text: string, { attribute }: LookupQuery): boolean {
  return (
    attribute?.key !== "EventId" || text.includes(`"eventID":${JSON.stringify(attribute.value)}`)
  );
}

function slice(sequencer: Sequencer, { scope, after, bytes }: Asked<"read">): TrailSlice {
  const records: TrailRecord[] = [];
  let size = 0;
  for (const position of positionsOf(sequencer.connection, scope, after)) {
    const text = textAt(sequencer, position) ?? "";
    size += text.length;
    if (records.length > 0 && size > bytes) return { records, upTo: position - 1, more: true };
    if (text !== "") records.push({ position, text });
  }
  return { records, upTo: sequencer.position, more: false };
}

function textAt({ entries }: Sequencer, position: TrailPosition): string | undefined {
  const entry = entries.find(position);
  return entry === undefined ? undefined : Buffer.from(entry).toString("utf8");
}

function explained(error: unknown): { readonly reason: string; readonly operator: boolean } {
  if (error instanceof OperatorError) return { reason: error.message, operator: true };
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { reason, operator: false };
}
