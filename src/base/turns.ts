interface Waiting {
  readonly start: () => void;
  readonly refuse: (reason: Error) => void;
}

/** How much there is room for. */
export interface TurnRoom {
  /** Jobs that run at once. */
  readonly atOnce: number;
  /** Jobs that wait. */
  readonly waiting: number;
}

/**
 * Lets so many jobs run at once; others wait in a line of their party, and the parties take turns. Where more would wait than
 * there is room for, the last of the longest line is refused: whoever asks for much takes no place from those who ask for little.
 */
export class Turns {
  readonly #room: TurnRoom;
  readonly #refusal: () => Error;
  /** In the order of their turns; none is empty. INVARIANT: somebody waits only while all places are taken. */
  readonly #lines = new Map<string, Waiting[]>();
  #running = 0;
  #waiting = 0;
  /** Why nobody waits any more. */
  #ended: Error | undefined;

  /** `refusal` makes the error for a job that there is no room for. */
  constructor(room: TurnRoom, refusal: () => Error) {
    this.#room = room;
    this.#refusal = refusal;
  }

  /** Runs a job in its turn. Rejects with the refusal if it never gets one: then nothing of it has run. */
  async run<T>(party: string, job: () => Promise<T>): Promise<T> {
    if (this.#running < this.#room.atOnce) this.#running++;
    else await this.#wait(party);
    try {
      return await job();
    } finally {
      this.#handOn();
    }
  }

  /** Refuses with a reason who waits, and who would have to from now on; what runs goes on. */
  end(reason: Error): void {
    this.#ended ??= reason;
    for (const line of this.#lines.values()) for (const each of line) each.refuse(reason);
    this.#lines.clear();
    this.#waiting = 0;
  }

  #wait(party: string): Promise<void> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const line = this.#lines.getOrInsertComputed(party, () => []);
    line.push({ start: resolve, refuse: reject });
    this.#waiting++;
    if (this.#waiting > this.#room.waiting) this.#refuseLastOf(party, line);
    return promise;
  }

  /** `newest` is refused unless another line is longer. */
  #refuseLastOf(party: string, newest: Waiting[]): void {
    let longest: readonly [string, Waiting[]] = [party, newest];
    for (const each of this.#lines) if (each[1].length > longest[1].length) longest = each;
    const [name, line] = longest;
    this.#waiting--;
    line.pop()?.refuse(this.#refusal());
    if (line.length === 0) this.#lines.delete(name);
  }

  /** Gives a place that is free to the next party, which then goes behind the others. */
  #handOn(): void {
    const [first] = this.#lines;
    if (first === undefined) {
      this.#running--;
      return;
    }
    const [party, line] = first;
    const next = line.shift();
    this.#lines.delete(party);
    if (line.length > 0) this.#lines.set(party, line);
    this.#waiting--;
    next?.start();
  }
}
