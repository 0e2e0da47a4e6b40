import { Worker } from "node:worker_threads";
import type { Trail } from "../../audit/trail.ts";
import { OperatorError } from "../../base/errors.ts";
import type {
  TrailQuestion,
  TrailReply,
  TrailRequest,
  TrailThreadOptions,
} from "./trail-thread.ts";

/** The logs of a deployment at work. */
export interface OpenTrail {
  readonly trail: Trail;
  /** Settles with the reason when the logs can no longer be written. */
  readonly failed: Promise<string>;
  close(): Promise<void>;
}

type Waiting = Pick<PromiseWithResolvers<never>, "reject"> & {
  readonly resolve: (value: never) => void;
};

/** Starts the thread that keeps logs and index; resolves once those of earlier boots are finished. Throws OperatorError. */
export async function openTrail(options: TrailThreadOptions): Promise<OpenTrail> {
  // A copy that moves to the thread as it is: cloning would leave the key behind in memory that nobody wipes.
  const privateKey = new Uint8Array(new ArrayBuffer(options.privateKey.length));
  privateKey.set(options.privateKey);
  const worker = new Worker(new URL("./trail-thread.ts", import.meta.url), {
    workerData: { ...options, privateKey },
    transferList: [privateKey.buffer],
  });
  const waiting = new Map<number, Waiting>();
  const started = Promise.withResolvers<void>();
  const failure = Promise.withResolvers<string>();
  let closing = false;
  let nextId = 0;

  const fail = (error: Error): void => {
    for (const each of waiting.values()) each.reject(error);
    waiting.clear();
    started.reject(error);
    failure.resolve(error.message);
  };
  worker.on("message", (reply: TrailReply) => {
    if (reply.kind === "ready") started.resolve();
    else if (reply.kind === "fatal")
      fail(reply.operator ? new OperatorError(reply.reason) : new Error(reply.reason));
    else {
      const asked = waiting.get(reply.id);
      waiting.delete(reply.id);
      if (reply.kind === "answer") asked?.resolve(reply.value as never);
      else asked?.reject(new Error(reply.reason));
    }
  });
  worker.on("error", (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on("exit", () => {
    if (!closing) fail(new Error("the thread that keeps the audit logs ended"));
  });

  const ask = <T>(question: TrailQuestion): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const request: TrailRequest = { id: nextId++, question };
      waiting.set(request.id, { resolve, reject });
      worker.postMessage(request);
    });
  try {
    await started.promise;
  } catch (error) {
    closing = true;
    await worker.terminate();
    throw error;
  }
  return {
    failed: failure.promise,
    trail: {
      settled: () => ask({ kind: "settled" }),
      lookup: (query) => ask({ kind: "lookup", query }),
      read: (scope, after, bytes) => ask({ kind: "read", scope, after, bytes }),
      regions: (account, after) => ask({ kind: "regions", account, after }),
      position: () => ask({ kind: "position" }),
      usage: (accounts, from, to) => ask({ kind: "usage", accounts, from, to }),
      keyTimes: (accounts, from, to) => ask({ kind: "keyTimes", accounts, from, to }),
    },
    async close() {
      closing = true;
      await ask({ kind: "close" });
      await worker.terminate();
    },
  };
}
