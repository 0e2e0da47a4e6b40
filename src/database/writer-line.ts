import type { MessagePort } from "node:worker_threads";
import { second } from "../base/clock.ts";
import type { Commit, CommitResult, Committer } from "./commit.ts";
import type { Parcel } from "./parcel.ts";
import { packCommits } from "./parcel.ts";
import { WaitingCalls } from "./waiting-calls.ts";
import type { Settlement } from "./writer-thread.ts";

/** Milliseconds that calls wait for a writer that says nothing. */
const patience = 10 * second;

/** The way of one thread's calls to the writer and back. */
export class WriterLine implements Committer {
  readonly #calls: WaitingCalls;
  readonly #outbound: Outbound;

  constructor(post: (parcel: Parcel) => void, onStall: (stalled: boolean) => void) {
    this.#calls = new WaitingCalls(patience, onStall);
    this.#outbound = new Outbound(post);
  }

  /** Whether the writer keeps it waiting, so that calls are refused. */
  get stalled(): boolean {
    return this.#calls.stalled;
  }

  submit(commit: Commit): Promise<CommitResult> {
    return this.#calls.add((id) => this.#outbound.add(id, commit));
  }

  /** What the writer says of one parcel. */
  settle(settlement: Settlement): void {
    this.#calls.settle(settlement);
    this.#outbound.next();
  }

  /** Sends what has gathered. */
  flush(): void {
    this.#outbound.flush();
  }

  /** The writer has stopped: nothing more will be said. */
  fail(error: Error): void {
    this.#calls.fail(error);
  }
}

/** The line of a thread that the writer knows by a port only. */
export function lineOver(port: MessagePort, onStall: (stalled: boolean) => void): WriterLine {
  const line = new WriterLine((parcel) => port.postMessage(parcel), onStall);
  port.on("message", (settlement: Settlement) => line.settle(settlement));
  port.on("close", () => line.fail(new Error("the writer has gone")));
  return line;
}

/** Commits that make a parcel worth its sync: no more are waited for. */
const fullParcel = 32;

/**
 * Commits that wait to be sent. A parcel goes when a turn of the event loop brings no more of them: each costs a sync and some turns
 * between threads, as much as several calls, and whoever just had an answer is about to ask again. While the writer works the next
 * parcel gathers, the larger the more there is to do.
 */
class Outbound {
  readonly #post: (parcel: Parcel) => void;
  #first = 0;
  #gathered: Commit[] = [];
  #busy: boolean = false;

  constructor(post: (parcel: Parcel) => void) {
    this.#post = post;
  }

  /** Ids follow one another. */
  add(id: number, commit: Commit): void {
    if (this.#gathered.length === 0) this.#first = id;
    this.#gathered.push(commit);
    if (this.#busy) return;
    this.#busy = true;
    this.#flushWhenQuiet(0);
  }

  /** The writer has answered. */
  next(): void {
    this.#busy = this.#gathered.length > 0;
    if (this.#busy) this.#flushWhenQuiet(this.#gathered.length);
  }

  flush(): void {
    if (this.#gathered.length === 0) return;
    const commits = this.#gathered;
    this.#gathered = [];
    this.#post(packCommits(this.#first, commits));
  }

  #flushWhenQuiet(before: number): void {
    setImmediate(() => {
      const { length } = this.#gathered;
      if (length === before || length >= fullParcel) this.flush();
      else this.#flushWhenQuiet(length);
    });
  }
}
