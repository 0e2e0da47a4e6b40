/** What one call takes from one bucket. */
export interface Charge {
  readonly bucket: string;
  /** Calls that come back each second. */
  readonly rate: number;
  readonly cost: number;
}

interface Level {
  tokens: number;
  at: number;
}

/**
 * Token buckets: each holds one second's worth of calls, at least one, and fills by the clock. A call passes when every one
 * of its buckets holds a token; it may cost more, which the bucket then owes.
 *
 * Buckets that nobody used for long are full again, so they are dropped: there are two generations, and what was not touched
 * in a whole one goes with it. So nothing is ever searched, and memory holds what was used lately.
 */
export class TokenBuckets {
  readonly #generation: number;
  #begun: number = 0;
  #young = new Map<string, Level>();
  #old = new Map<string, Level>();

  /** `generation` is in milliseconds: no bucket takes longer to fill. */
  constructor(generation: number) {
    this.#generation = generation;
  }

  /** How many buckets are held. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Takes what a call costs from all of its buckets, or nothing from any; tells which. */
  take(charges: readonly Charge[], now: number): boolean {
    this.#age(now);
    const taken = charges.map((charge) => ({ level: this.#fill(charge, now), cost: charge.cost }));
    if (taken.some(({ level }) => level.tokens < 1)) return false;
    for (const { level, cost } of taken) level.tokens -= cost;
    return true;
  }

  /** Takes what a call costs from its only bucket. */
  takeOne(charge: Charge, now: number): boolean {
    this.#age(now);
    const level = this.#fill(charge, now);
    if (level.tokens < 1) return false;
    level.tokens -= charge.cost;
    return true;
  }

  /** The bucket as it is now. */
  #fill({ bucket, rate }: Charge, now: number): Level {
    const most = Math.max(1, rate);
    const level = this.#young.get(bucket) ?? this.#renew(bucket, { tokens: most, at: now });
    // A clock that was set back fills nothing, and empties nothing.
    const elapsed = Math.max(0, now - level.at);
    level.tokens = Math.min(most, level.tokens + (elapsed / 1000) * rate);
    level.at = now;
    return level;
  }

  /** Moves a bucket among the young, or makes it. */
  #renew(bucket: string, full: Level): Level {
    const level = this.#old.get(bucket) ?? full;
    this.#young.set(bucket, level);
    this.#old.delete(bucket);
    return level;
  }

  #age(now: number): void {
    const age = now - this.#begun;
    if (age >= 0 && age < this.#generation) return;
    this.#begun = now;
    if (age < 0) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}
