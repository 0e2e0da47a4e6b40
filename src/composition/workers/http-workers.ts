import { setTimeout as sleep } from "node:timers/promises";
import type { Transferable } from "node:worker_threads";
import { Worker } from "node:worker_threads";
import { second } from "../../base/clock.ts";
import type { FrontDoor } from "../../server/front-door.ts";
import type { Log } from "../../server/log.ts";
import { asError } from "../../server/log.ts";
import type { AccessKeyUses } from "../../services/iam/access-key-uses.ts";
import type { LastUsage } from "../../services/kms/last-usage.ts";
import { HandedOver } from "./handed-over.ts";
import type { FromWorker, ToWorker, WorkerOptions } from "./messages.ts";

/** What HTTP workers have of the main thread. */
export interface WorkersHome {
  /** How many there are. */
  readonly count: number;
  /** What one of them starts with, made anew for each start. */
  readonly options: () => WorkerOptions;
  /** Answers what workers hand over. */
  readonly frontDoor: FrontDoor;
  /** Where last uses are known exactly. */
  readonly uses: { readonly keys: LastUsage; readonly accessKeys: AccessKeyUses };
  readonly log: Log;
  /** The file of their threads. */
  readonly file?: URL;
}

const shortestWait = second / 4;
const longestWait = 10 * second;
/** Who has worked for so long fails for the first time. */
const longEnough = 10 * second;

/** Threads that answer HTTP beside the main one. One that dies is replaced; what it was answering breaks off. */
export class HttpWorkers {
  readonly #home: WorkersHome;
  readonly #ending = new AbortController();
  readonly #working = new Set<HttpWorker>();
  #kept: readonly Promise<void>[] = [];
  #stopped: Promise<void> | undefined;

  constructor(home: WorkersHome) {
    this.#home = home;
  }

  /** Nothing happens when they have been stopped before. */
  start(): void {
    if (this.#ending.signal.aborted) return;
    const numbers = Array.from({ length: this.#home.count }, (_, index) => index + 1);
    this.#kept = numbers.map((number) => this.#keep(number));
  }

  /** No connection is accepted any more; resolves when those that were open have ended, within the grace. */
  async drain(): Promise<void> {
    this.#ending.abort();
    const drained = [...this.#working].map((worker) => worker.drain());
    await Promise.all(drained);
  }

  /** Resolves when all have answered what was under way and wiped their keys, whatever their clients wait for. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Resolves when nothing is left of those that were stopped, nor of their connections. */
  async ended(): Promise<void> {
    await Promise.all(this.#kept);
  }

  async #stop(): Promise<void> {
    this.#ending.abort();
    const wiped = [...this.#working].map((worker) => worker.close());
    await Promise.all(wiped);
  }

  async #keep(number: number): Promise<void> {
    const { signal } = this.#ending;
    let wait = shortestWait;
    while (!signal.aborted) {
      const begun = performance.now();
      const error = await this.#work(number).catch(asError);
      if (signal.aborted) return;
      if (performance.now() - begun >= longEnough) wait = shortestWait;
      const fields = { worker: number, error };
      this.#home.log("error", "an HTTP worker ended: another takes its place", fields);
      await sleep(wait, undefined, { signal }).catch(() => undefined);
      wait = Math.min(longestWait, wait * 2);
    }
  }

  /** One worker from its start to its end, with what broke it. Rejects where the system gives no thread. */
  async #work(number: number): Promise<Error | undefined> {
    const worker = new HttpWorker(number, this.#home);
    this.#working.add(worker);
    const error = await worker.ended;
    this.#working.delete(worker);
    return error;
  }
}

/** One of them, from its start to its end. */
class HttpWorker {
  readonly #number: number;
  readonly #home: WorkersHome;
  readonly #worker: Worker;
  readonly #handed: HandedOver;
  readonly #drained = Promise.withResolvers<void>();
  readonly #wiped = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<Error | undefined>();

  constructor(number: number, home: WorkersHome) {
    this.#number = number;
    this.#home = home;
    this.#worker = startThread(number, home);
    this.#handed = new HandedOver(home.frontDoor, (message) => this.#post(message), home.log);
    this.#worker.on("message", (message: FromWorker) => this.#hear(message));
    this.#worker.on("error", (error) => this.#end(asError(error)));
    this.#worker.on("exit", () => this.#end(undefined));
  }

  /** Settles when nothing of the thread is left, with what broke it. */
  get ended(): Promise<Error | undefined> {
    return this.#ended.promise;
  }

  /** Resolves when it has no connection any more. */
  drain(): Promise<void> {
    this.#post({ kind: "drain" });
    return this.#drained.promise;
  }

  /** Resolves when it holds no key any more. What connections it has end within the grace. */
  close(): Promise<void> {
    this.#post({ kind: "close" });
    return this.#wiped.promise;
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromWorker): void {
    const { log, uses } = this.#home;
    const worker = this.#number;
    if (message.kind === "listening") log("debug", "an HTTP worker listens", { worker });
    else if (message.kind === "log") {
      const [level, text, fields] = message.line;
      log(level, text, { ...fields, worker });
    } else if (message.kind === "uses") {
      uses.keys.learn(message.keys);
      uses.accessKeys.learn(message.accessKeys);
    } else if (message.kind === "drained") this.#drained.resolve();
    else if (message.kind === "wiped") this.#wiped.resolve();
    else if (message.kind === "closed") void this.#worker.terminate();
    else this.#handed.hear(message);
  }

  #end(error: Error | undefined): void {
    this.#handed.end();
    this.#drained.resolve();
    this.#wiped.resolve();
    this.#ended.resolve(error);
  }
}

/** As the main thread has: what a call makes is short-lived. */
const limits = { maxYoungGenerationSizeMb: 48 };

function startThread(number: number, { options, file }: WorkersHome): Worker {
  const workerData = options();
  const moved: Transferable[] = [workerData.line];
  for (const { bytes } of workerData.roots) moved.push(bytes.buffer);
  try {
    return new Worker(file ?? new URL("./worker-thread.ts", import.meta.url), {
      name: `http ${number}`,
      workerData,
      resourceLimits: limits,
      transferList: moved,
    });
  } catch (error) {
    // What has moved already is empty here.
    for (const { bytes } of workerData.roots) bytes.fill(0);
    workerData.line.close();
    throw error;
  }
}
