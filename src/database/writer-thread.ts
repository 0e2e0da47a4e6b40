import type { MessagePort } from "node:worker_threads";
import { parentPort, workerData } from "node:worker_threads";
import { OperatorError } from "../base/errors.ts";
import type { WriterOptions } from "./embedded-writer.ts";
import { EmbeddedWriter } from "./embedded-writer.ts";
import type { Parcel } from "./parcel.ts";
import { ParcelLines } from "./parcel-lines.ts";
import { isDamaged } from "./sqlite.ts";

/**
 * What the front of the process sends to the thread that owns the database and the journal. A port that it connects brings the
 * parcels of another thread as they are, and takes their settlements.
 */
export type WriterRequest =
  | { readonly kind: "commits"; readonly parcel: Parcel }
  | { readonly kind: "connect"; readonly port: MessagePort }
  | { readonly kind: "close" };

/**
 * What it hears back. `fatal`: nothing more will be written; what is stored must be read again, by another thread. Where the
 * reason is the operator's to mend, that would not help.
 */
export type WriterReply =
  | { readonly kind: "ready" }
  | { readonly kind: "upgrading"; readonly done: number }
  | ({ readonly kind: "done" } & Settlement)
  | { readonly kind: "fatal"; readonly reason: string; readonly operator: boolean }
  | { readonly kind: "closed" };

/** What became of so many commits with ids that follow one another: all are durable but those of which it says otherwise. */
export interface Settlement {
  readonly first: number;
  readonly count: number;
  readonly refused: readonly WriterResult[];
}

export type WriterResult =
  | { readonly id: number; readonly stale: readonly string[] }
  | { readonly id: number; readonly failed: string };

/** Rows of the database that are compared at once, while calls may wait, and the milliseconds until the next ones. */
const rowsAtOnce = 500;
const checkPause = 5;

if (parentPort !== null) serve(parentPort, workerData as WriterOptions);

/** Writes what has come and answers it: the next parcels gather meanwhile where the calls are. */
function serve(port: MessagePort, options: WriterOptions): void {
  let lines: ParcelLines | undefined;
  let signer: NodeJS.Timeout | undefined;
  let checker: NodeJS.Timeout | undefined;
  const reply = (message: WriterReply): void => port.postMessage(message);
  /** Wipes the keys before it says the last word: whoever hears that may end the thread at once. */
  const stop = (last: WriterReply): void => {
    clearInterval(signer);
    clearTimeout(checker);
    options.privateKey.fill(0);
    options.stateKey.fill(0);
    lines?.close();
    reply(last);
    port.close();
  };
  /** Runs the work; on any failure says so and ends the thread: after a failed write nothing on disk may be guessed at. */
  const guarded = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      stop({ kind: "fatal", ...explained(error) });
      return undefined;
    }
  };

  const writer = guarded(() =>
    EmbeddedWriter.open({
      ...options,
      now: () => new Date(),
      progress: (done) => reply({ kind: "upgrading", done }),
    }),
  );
  if (writer === undefined) return;
  const { durable } = options;
  const mark = (): void => {
    if (durable !== undefined) Atomics.store(durable, 0, BigInt(writer.sequence));
  };
  mark();
  signer = setInterval(() => {
    guarded(() => writer.sign());
    mark();
  }, 1_000);
  /** Goes on between the parcels, a millisecond or two at a time. */
  const check = (): void => {
    if (guarded(() => writer.check(rowsAtOnce)) === false) checker = setTimeout(check, checkPause);
  };
  checker = setTimeout(check, checkPause);
  lines = new ParcelLines((batch) => {
    const results = guarded(() => writer.commit(batch));
    if (results !== undefined) mark();
    return results;
  });
  const known = lines;
  port.on("message", (request: WriterRequest) => {
    if (request.kind === "connect") known.connect(request.port);
    else if (request.kind === "commits")
      known.take(request.parcel, (settlement) => reply({ kind: "done", ...settlement }));
    else {
      known.flush();
      guarded(() => writer.close());
      stop({ kind: "closed" });
    }
  });
  reply({ kind: "ready" });
}

function explained(error: unknown): { readonly reason: string; readonly operator: boolean } {
  if (error instanceof OperatorError) return { reason: error.message, operator: true };
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  if (isDamaged(error))
    return {
      reason: `the database is damaged, restore the folder from a backup (${reason})`,
      operator: true,
    };
  return { reason, operator: false };
}
