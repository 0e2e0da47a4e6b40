import { Worker } from "node:worker_threads";
import { OperatorError } from "../base/errors.ts";
import type { Commit, CommitResult, Committer } from "./commit.ts";
import { NoRoom } from "./commit.ts";
import type { Reader } from "./database.ts";
import type { WriterOptions } from "./embedded-writer.ts";
import { openSqliteReader } from "./sqlite.ts";
import type { WriterReply, WriterRequest } from "./writer-thread.ts";

/** The embedded engine at work: a reader in this thread, one writer thread that owns the database and the journal. */
export interface Embedded extends Committer {
  readonly reader: Reader;
  /** Settles once the writer could no longer promise durability, with the reason. The process must end then. */
  readonly failed: Promise<string>;
  close(): Promise<void>;
}

interface Waiting {
  resolve(result: CommitResult): void;
  reject(error: Error): void;
}

/** Opens the embedded engine; resolves once interrupted commits of an earlier process are finished. */
export async function openEmbedded(options: WriterOptions): Promise<Embedded> {
  // Copies that move to the thread as they are: cloning would leave the keys behind in memory that nobody wipes.
  const [privateKey, stateKey] = [copyOf(options.privateKey), copyOf(options.stateKey)];
  const worker = new Worker(new URL("./writer-thread.ts", import.meta.url), {
    workerData: { ...options, privateKey, stateKey },
    transferList: [privateKey.buffer, stateKey.buffer],
  });
  const waiting = new Map<number, Waiting>();
  const started = Promise.withResolvers<void>();
  const failure = Promise.withResolvers<string>();
  const closed = Promise.withResolvers<void>();
  let nextId = 0;
  let closing = false;
  let stopped: Error | undefined;

  const fail = (reason: string, operator = false): void => {
    const error = operator ? new OperatorError(reason) : new Error(`the writer stopped: ${reason}`);
    stopped ??= error;
    for (const each of waiting.values()) each.reject(error);
    waiting.clear();
    started.reject(error);
    failure.resolve(reason);
    closed.resolve();
  };
  const hear = (reply: WriterReply): void => {
    if (reply.kind === "ready") started.resolve();
    else if (reply.kind === "closed") closed.resolve();
    else if (reply.kind === "fatal") fail(reply.reason, reply.operator);
    else for (const result of reply.results) settle(waiting, result);
  };
  worker.on("message", hear);
  worker.on("error", (error) => fail(String(error)));
  worker.on("exit", () => {
    if (!closing) fail("its thread ended");
  });

  const send = gathering((requests) => worker.postMessage(requests));
  await started.promise;
  const reader = openSqliteReader(options.databasePath);
  return {
    reader,
    failed: failure.promise,
    submit: (commit: Commit) =>
      new Promise((resolve, reject) => {
        if (stopped !== undefined) return reject(stopped);
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        send({ kind: "commit", id, commit });
      }),
    async close() {
      reader.close();
      closing = true;
      send({ kind: "close" });
      await closed.promise;
      await worker.terminate();
    },
  };
}

function copyOf(secret: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(new ArrayBuffer(secret.length));
  copy.set(secret);
  return copy;
}

function settle(
  waiting: Map<number, Waiting>,
  result: Extract<WriterReply, { kind: "done" }>["results"][number],
): void {
  const one = waiting.get(result.id);
  waiting.delete(result.id);
  if ("failed" in result) one?.reject(new NoRoom(result.failed));
  else one?.resolve({ stale: result.stale });
}

/** Sends all that is handed over in one turn of the event loop as one message. */
function gathering(
  post: (requests: readonly WriterRequest[]) => void,
): (request: WriterRequest) => void {
  let gathered: WriterRequest[] = [];
  return (request) => {
    gathered.push(request);
    if (gathered.length > 1) return;
    setImmediate(() => {
      const requests = gathered;
      gathered = [];
      post(requests);
    });
  };
}
