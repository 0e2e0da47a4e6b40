import type { MessagePort } from "node:worker_threads";
import { MessageChannel, Worker } from "node:worker_threads";
import { OperatorError } from "../base/errors.ts";
import type { Commit, Committer } from "./commit.ts";
import type { Reader } from "./database.ts";
import type { WriterOptions } from "./embedded-writer.ts";
import { openSqliteReader } from "./sqlite.ts";
import { WriterLine } from "./writer-line.ts";
import type { WriterReply, WriterRequest } from "./writer-thread.ts";

/** What is stored contradicts itself: reading it again would not help, the operator has to restore it. */
export class StorageDamage extends OperatorError {}

/** The embedded engine at work: a reader in this thread, one writer thread that owns the database and the journal. */
export interface Embedded extends Committer {
  readonly reader: Reader;
  /**
   * Settles once the writer has stopped, with the reason: StorageDamage when trying again would not help. What it did not
   * answer may be durable or not: only another engine can tell, opened on the same files when this one is closed.
   */
  readonly failed: Promise<Error>;
  /** Whether the disk keeps the writer waiting, so that calls are refused. */
  readonly stalled: boolean;
  /** The end of a new line to the writer, for another thread (`lineOver`). Calls of all lines share commits. */
  connect(): MessagePort;
  close(): Promise<void>;
}

/** Opens the embedded engine; resolves once interrupted commits of an earlier one are finished. */
export async function openEmbedded(
  options: WriterOptions,
  onStall: (stalled: boolean) => void = () => undefined,
  onUpgrade: (done: number) => void = () => undefined,
): Promise<Embedded> {
  await using opening = new AsyncDisposableStack();
  const writer = startWriter(options, onStall, onUpgrade);
  opening.defer(() => writer.close());
  await writer.started;
  const reader = openSqliteReader(options.databasePath);
  opening.defer(() => reader.close());
  const opened = opening.move();
  return {
    reader,
    failed: writer.failed,
    get stalled() {
      return writer.line.stalled;
    },
    submit: (commit: Commit) => writer.line.submit(commit),
    connect: writer.connect,
    close: () => opened.disposeAsync(),
  };
}

/** The writer thread as this one knows it. */
interface Writer {
  readonly line: WriterLine;
  readonly started: Promise<void>;
  readonly failed: Promise<Error>;
  readonly connect: () => MessagePort;
  /** Resolves when nothing of the thread is left. */
  close(): Promise<void>;
}

function startWriter(
  options: WriterOptions,
  onStall: (stalled: boolean) => void,
  onUpgrade: (done: number) => void,
): Writer {
  const worker = startThread(options);
  const started = Promise.withResolvers<void>();
  const failure = Promise.withResolvers<Error>();
  const closed = Promise.withResolvers<void>();
  let closing = false;
  const post = (request: WriterRequest, moved: readonly MessagePort[] = []): void =>
    worker.postMessage(request, moved);
  const line = new WriterLine((parcel) => post({ kind: "commits", parcel }), onStall);
  const fail = (error: Error): void => {
    line.fail(error);
    started.reject(error);
    failure.resolve(error);
    closed.resolve();
  };
  const hear = (reply: WriterReply): void => {
    if (reply.kind === "ready") started.resolve();
    else if (reply.kind === "upgrading") onUpgrade(reply.done);
    else if (reply.kind === "closed") closed.resolve();
    else if (reply.kind === "fatal") fail(stopped(reply));
    else line.settle(reply);
  };
  worker.on("message", hear);
  worker.on("error", (cause) =>
    fail(new Error(`the writer broke off: ${String(cause)}`, { cause })),
  );
  worker.on("exit", () => {
    if (!closing) fail(new Error("the writer's thread ended"));
    closed.resolve();
  });
  return {
    line,
    started: started.promise,
    failed: failure.promise,
    connect() {
      const { port1, port2 } = new MessageChannel();
      post({ kind: "connect", port: port1 }, [port1]);
      return port2;
    },
    async close() {
      closing = true;
      line.flush();
      post({ kind: "close" });
      await closed.promise;
      await worker.terminate();
    },
  };
}

/** What the writer makes is short-lived: memory for more of it would only be filled before it is used again. */
const writerLimits = { maxYoungGenerationSizeMb: 12 };

function startThread(options: WriterOptions): Worker {
  // Copies that move to the thread as they are: cloning would leave the keys behind in memory that nobody wipes.
  const [privateKey, stateKey] = [copyOf(options.privateKey), copyOf(options.stateKey)];
  return new Worker(new URL("./writer-thread.ts", import.meta.url), {
    workerData: { ...options, privateKey, stateKey },
    resourceLimits: writerLimits,
    transferList: [privateKey.buffer, stateKey.buffer],
  });
}

function stopped({ reason, operator }: Extract<WriterReply, { kind: "fatal" }>): Error {
  return operator ? new StorageDamage(reason) : new Error(`the writer stopped: ${reason}`);
}

function copyOf(secret: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(new ArrayBuffer(secret.length));
  copy.set(secret);
  return copy;
}
