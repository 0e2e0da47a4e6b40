import { minute } from "../base/clock.ts";

interface Known<T> {
  use: T;
  /** Whether it is still kept under its name. */
  kept: boolean;
  /** When the use that is stored took place. */
  readonly storedAt: number;
}

/** A use that was told of, not durable yet. */
export interface NotedUse {
  /** Whether it has to be stored with the call. */
  readonly isDue: boolean;
  /** To be called once the call is durable: only then the use is known. */
  readonly durable: () => void;
}

/** How old a stored use may become while its thing is used on: so much is forgotten in a crash, never the use itself. */
const storedEvery = minute;

/** Last uses by name, exact in memory, and due to be stored once a minute: what is busy costs one small write a minute. */
export class RecentUses<T extends { readonly at: Date }> {
  readonly #capacity: number;
  readonly #known = new Map<string, Known<T>>();
  /** What another thread has not been told yet; undefined while none asks. */
  #news: Map<string, T> | undefined;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  note(name: string, use: T): NotedUse {
    const at = use.at.getTime();
    const before = this.#known.get(name);
    if (before === undefined || at - before.storedAt >= storedEvery)
      return { isDue: true, durable: () => this.#keep(name, use, at) };
    return { isDue: false, durable: () => this.#renew(name, before, use) };
  }

  /** The newer of the use that is known and the one that is stored. */
  newest(name: string, stored: T | undefined): T | undefined {
    const known = this.#known.get(name)?.use;
    return known === undefined || (stored !== undefined && stored.at > known.at) ? stored : known;
  }

  /** The uses that have become known since this was asked last, for another thread to learn. */
  takeNews(): ReadonlyMap<string, T> {
    const news = this.#news ?? new Map<string, T>();
    this.#news = new Map();
    return news;
  }

  /** Learns of uses that another thread knows. */
  learn(news: ReadonlyMap<string, T>): void {
    for (const [name, use] of news) {
      const { storedAt } = this.#known.get(name) ?? { storedAt: 0 };
      this.#keep(name, use, storedAt);
    }
  }

  /** A use that is not stored. What was forgotten meanwhile is known again, and in its place. */
  #renew(name: string, before: Known<T>, use: T): void {
    const newer = before.kept ? before : this.#known.get(name);
    if (newer === undefined) this.#keep(name, use, before.storedAt);
    else if (newer.use.at <= use.at) {
      newer.use = use;
      this.#news?.set(name, use);
    }
  }

  #keep(name: string, use: T, storedAt: number): void {
    const newer = this.#known.get(name);
    // A use that has become durable before an earlier one did.
    if (newer !== undefined && newer.use.at > use.at) return;
    // In the order of their storing: with the one that is dropped, the minute since it was stored is forgotten.
    this.#drop(name);
    this.#known.set(name, { use, storedAt, kept: true });
    this.#news?.set(name, use);
    if (this.#known.size <= this.#capacity) return;
    const [oldest = name] = this.#known.keys();
    this.#drop(oldest);
  }

  #drop(name: string): void {
    const known = this.#known.get(name);
    if (known === undefined) return;
    known.kept = false;
    this.#known.delete(name);
  }
}
