import { AwsError, internalFailure } from "../base/errors.ts";
import type { CommitResult } from "./commit.ts";
import { NoRoom } from "./commit.ts";
import type { Settlement } from "./writer-thread.ts";

interface Waiting {
  readonly id: number;
  resolve(result: CommitResult): void;
  reject(error: Error): void;
}

const durable: CommitResult = { stale: [] };

/**
 * The calls that wait for the writer. When it says nothing for too long, all of them end without knowing what became of
 * them, and no others are taken until it speaks again.
 */
export class WaitingCalls {
  readonly #patience: number;
  readonly #onStall: (stalled: boolean) => void;
  readonly #waiting = new Ring();
  #timer: NodeJS.Timeout | undefined;
  #nextId = 0;
  #stalled: boolean = false;
  #failed: Error | undefined;

  /** `patience` in milliseconds. */
  constructor(patience: number, onStall: (stalled: boolean) => void) {
    this.#patience = patience;
    this.#onStall = onStall;
  }

  get stalled(): boolean {
    return this.#stalled;
  }

  /** Sends a call under a new id; settles with what the writer says of it. Rejects with AwsError and NoRoom. */
  add(send: (id: number) => void): Promise<CommitResult> {
    const refusal = this.#stalled ? new Error("the writer does not answer") : this.#failed;
    if (refusal !== undefined) return Promise.reject(unavailable(refusal));
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<CommitResult>();
    this.#waiting.add({ id, resolve, reject });
    if (this.#timer === undefined) this.#startWaiting();
    send(id);
    return promise;
  }

  settle({ first, count, refused }: Settlement): void {
    for (const result of refused) {
      const one = this.#waiting.take(result.id);
      if ("failed" in result) one?.reject(new NoRoom(result.failed));
      else one?.resolve({ stale: result.stale });
    }
    for (let id = first; id < first + count; id++) this.#waiting.take(id)?.resolve(durable);
    this.#stopWaiting();
    if (this.#waiting.size > 0) this.#startWaiting();
    this.#setStalled(false);
  }

  /** The writer has stopped: nothing more will be said. */
  fail(error: Error): void {
    this.#failed ??= error;
    this.#stopWaiting();
    this.#end(error);
  }

  #stall(): void {
    this.#timer = undefined;
    this.#setStalled(true);
    this.#end(new Error("the writer does not answer"));
  }

  #end(cause: Error): void {
    for (const each of this.#waiting.takeAll()) each.reject(internalFailure(cause));
  }

  #startWaiting(): void {
    this.#timer = setTimeout(() => this.#stall(), this.#patience).unref();
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #setStalled(stalled: boolean): void {
    if (stalled === this.#stalled) return;
    this.#stalled = stalled;
    this.#onStall(stalled);
  }
}

/**
 * What waits, by ids that follow one another. A Map would do but for V8, whose Maps leave a table behind every so many changes that points to the
 * next: one of them that grows old keeps all later ones from being collected young, with every call that they held.
 */
class Ring {
  #places: (Waiting | undefined)[] = Array.from({ length: 256 });
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(waiting: Waiting): void {
    while (this.#places[this.#placeOf(waiting.id)] !== undefined) this.#grow();
    this.#places[this.#placeOf(waiting.id)] = waiting;
    this.#size++;
  }

  take(id: number): Waiting | undefined {
    const place = this.#placeOf(id);
    const one = this.#places[place];
    if (one?.id !== id) return undefined;
    this.#places[place] = undefined;
    this.#size--;
    return one;
  }

  takeAll(): readonly Waiting[] {
    const all = this.#places.filter((each) => each !== undefined);
    this.#places.fill(undefined);
    this.#size = 0;
    return all;
  }

  #placeOf(id: number): number {
    return id % this.#places.length;
  }

  #grow(): void {
    const length = 2 * this.#places.length;
    const places: (Waiting | undefined)[] = Array.from({ length });
    for (const each of this.#places) if (each !== undefined) places[each.id % length] = each;
    this.#places = places;
  }
}

function unavailable(cause: Error): AwsError {
  return new AwsError("ServiceUnavailableException", "The service is recovering: try again.", {
    cause,
  });
}
