import { Worker } from "node:worker_threads";
import type { Trail } from "../../audit/trail.ts";
import { OperatorError } from "../../base/errors.ts";
import type {
  TrailQuestion,
  TrailReply,
  TrailRequest,
  TrailThreadOptions,
} from "./trail-thread.ts";
import type { Leaving } from "./upkeep.ts";

/** The logs of a deployment at work. */
export interface OpenTrail {
  readonly trail: Trail;
  /** Settles with the reason when the logs are not written any more: an OperatorError when what is stored is damaged. */
  readonly failed: Promise<Error>;
  /** Compresses and archives for a moment; whether there is more to do. */
  tidy(leaving: Leaving): Promise<boolean>;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** Starts the thread that keeps logs and index; resolves once those of earlier boots are finished. Throws OperatorError. */
export async function openTrail(options: TrailThreadOptions): Promise<OpenTrail> {
  const thread = new TrailThread(options);
  try {
    await thread.started;
  } catch (error) {
    await thread.close();
    throw error;
  }
  const ask = <T>(question: TrailQuestion): Promise<T> => thread.ask(question);
  return {
    failed: thread.failed,
    trail: {
      settled: () => ask({ kind: "settled" }),
      lookup: (query) => ask({ kind: "lookup", query }),
      read: (scope, after, bytes) => ask({ kind: "read", scope, after, bytes }),
      regions: (account, after) => ask({ kind: "regions", account, after }),
      position: () => ask({ kind: "position" }),
      usage: (accounts, from, to) => ask({ kind: "usage", accounts, from, to }),
      keyTimes: (accounts, from, to) => ask({ kind: "keyTimes", accounts, from, to }),
    },
    tidy: (leaving) => ask({ kind: "tidy", leaving }),
    close: () => thread.close(),
  };
}

/** What is made of records is short-lived: memory for more of it would only be filled before it is used again. */
const threadLimits = { maxYoungGenerationSizeMb: 24 };

/** The thread as this one knows it. */
class TrailThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #started = Promise.withResolvers<void>();
  readonly #failed = Promise.withResolvers<Error>();
  #stopped: Error | undefined;
  #nextId = 0;

  constructor(options: TrailThreadOptions) {
    // A copy that moves to the thread as it is: cloning would leave the key behind in memory that nobody wipes.
    const privateKey = new Uint8Array(new ArrayBuffer(options.privateKey.length));
    privateKey.set(options.privateKey);
    this.#worker = new Worker(new URL("./trail-thread.ts", import.meta.url), {
      workerData: { ...options, privateKey },
      resourceLimits: threadLimits,
      transferList: [privateKey.buffer],
    });
    this.#worker.on("message", (reply: TrailReply) => this.#hear(reply));
    this.#worker.on("error", (cause) =>
      this.#fail(
        new Error(`the thread that keeps the audit logs broke off: ${String(cause)}`, { cause }),
      ),
    );
    this.#worker.on("exit", () =>
      this.#fail(new Error("the thread that keeps the audit logs ended")),
    );
  }

  get started(): Promise<void> {
    return this.#started.promise;
  }

  get failed(): Promise<Error> {
    return this.#failed.promise;
  }

  ask<T>(question: TrailQuestion): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#stopped !== undefined) return reject(this.#stopped);
      const request: TrailRequest = { id: this.#nextId++, question };
      this.#waiting.set(request.id, { resolve, reject });
      this.#worker.postMessage(request);
    });
  }

  /** Takes up what is durable and ends; nothing of a thread that failed is left either. */
  async close(): Promise<void> {
    if (this.#stopped === undefined) {
      const closed = this.ask<void>({ kind: "close" });
      this.#stopped = new Error("the audit logs are closed");
      // One that fails at the last moment has said so; the next boot finishes its log.
      await closed.catch(() => undefined);
    }
    await this.#worker.terminate();
  }

  #hear(reply: TrailReply): void {
    if (reply.kind === "ready") this.#started.resolve();
    else if (reply.kind === "fatal") this.#fail(stopped(reply));
    else this.#settle(reply);
  }

  #settle(reply: Extract<TrailReply, { readonly id: number }>): void {
    const asked = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    // Each question's kind says what its answer is.
    if (reply.kind === "answer") asked?.resolve(reply.value as never);
    else asked?.reject(new Error(reply.reason));
  }

  #fail(error: Error): void {
    for (const each of this.#waiting.values()) each.reject(error);
    this.#waiting.clear();
    this.#started.reject(error);
    if (this.#stopped === undefined) this.#failed.resolve(error);
    this.#stopped ??= error;
  }
}

function stopped({ reason, operator }: Extract<TrailReply, { kind: "fatal" }>): Error {
  return operator ? new OperatorError(reason) : new Error(`the audit logs stopped: ${reason}`);
}
