import type { Caller } from "./context.ts";

interface Known<T> {
  readonly value: T;
  readonly aggregates: ReadonlySet<string>;
}

/**
 * What was found of callers, by access key, while nothing changes on which it rests. Holds so many; then the oldest goes. Which
 * rest on an aggregate is told without looking at the others: something changes with almost every call.
 */
export class KnownCallers<T> {
  readonly #capacity: number;
  readonly #known = new Map<string, Known<T>>();
  /** Names of the access keys that rest on an aggregate. INVARIANT: has exactly what `#known` has. */
  readonly #resting = new Map<string, Set<string>>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many aggregates something rests on. */
  get aggregates(): number {
    return this.#resting.size;
  }

  find(accessKeyId: string): T | undefined {
    return this.#known.get(accessKeyId)?.value;
  }

  keep(accessKeyId: string, value: T, { versions }: Pick<Caller, "versions">): void {
    this.#drop(accessKeyId);
    const [oldest] = this.#known.keys();
    if (this.#known.size >= this.#capacity && oldest !== undefined) this.#drop(oldest);
    const aggregates = new Set(versions.map(({ aggregate }) => aggregate));
    this.#known.set(accessKeyId, { value, aggregates });
    for (const aggregate of aggregates)
      this.#resting.getOrInsertComputed(aggregate, () => new Set()).add(accessKeyId);
  }

  /** Drops what rests on an aggregate that has changed. */
  forget(aggregate: string): void {
    for (const accessKeyId of this.#resting.get(aggregate) ?? []) this.#drop(accessKeyId);
  }

  /** Drops everything and returns it. */
  clear(): readonly T[] {
    const all = [...this.#known.values()];
    this.#known.clear();
    this.#resting.clear();
    return all.map(({ value }) => value);
  }

  #drop(accessKeyId: string): void {
    for (const aggregate of this.#known.get(accessKeyId)?.aggregates ?? []) {
      const resting = this.#resting.get(aggregate);
      resting?.delete(accessKeyId);
      if (resting?.size === 0) this.#resting.delete(aggregate);
    }
    this.#known.delete(accessKeyId);
  }
}
