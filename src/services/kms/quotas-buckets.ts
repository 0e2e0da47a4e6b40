import { hash } from "node:crypto";
import { Memo } from "../../base/memo.ts";

/** What one call takes from one bucket. */
export interface Charge {
  readonly bucket: string;
  /** Calls that come back each second. */
  readonly rate: number;
  readonly cost: number;
}

/** What buckets are kept in. Threads that have the same memory share the buckets. */
export type BucketMemory = BigInt64Array<SharedArrayBuffer>;

/** Memory for so many buckets at a time, a power of two. */
export function bucketMemory(count = 16_384): BucketMemory {
  return new BigInt64Array(new SharedArrayBuffer(count * words * BigInt64Array.BYTES_PER_ELEMENT));
}

/** Of each bucket: the hash of its name, when it is empty, and when it was last taken from. */
const words = 3;
/** Times of threads differ by less, in nanoseconds; a clock that goes back by more was set back. */
const skew = 1_000_000_000n;
/** Places next to each other where a bucket may be. */
const neighbours = 16;

/** A bucket as this thread knows it. Times in nanoseconds. */
interface Bucket {
  readonly name: bigint;
  /** Where the places begin that it may have. */
  readonly home: number;
  /** In which one call comes back. */
  readonly interval: bigint;
  /** In which an empty one fills. */
  readonly span: bigint;
}

/**
 * Token buckets: each holds one second's worth of calls, at least one, and fills by the clock. A call passes when every one
 * of its buckets holds a token; it may cost more, which the bucket then owes.
 *
 * A bucket is one number: the moment at which it was empty, or will be no longer where it owes. So threads take from it without a lock. One that is full again says nothing: its place is free for another. Where all places of a bucket are taken the
 * fullest gives way, so that a flood of names makes buckets forget, and never grow.
 */
export class TokenBuckets {
  readonly #memory: BucketMemory;
  readonly #generation: bigint;
  readonly #known = new Memo<Bucket>({ most: 4_096 });

  /** `generation` is in milliseconds: no bucket takes longer to fill. */
  constructor(generation: number, memory: BucketMemory = bucketMemory()) {
    this.#generation = nanoseconds(generation);
    this.#memory = memory;
  }

  /** Takes what a call costs from all of its buckets, or nothing from any; tells which. */
  take(charges: readonly Charge[], now: number): boolean {
    for (const [at, charge] of charges.entries())
      if (!this.takeOne(charge, now)) {
        for (const taken of charges.slice(0, at)) this.#giveBack(taken, now);
        return false;
      }
    return true;
  }

  /** Takes what a call costs from one bucket, or nothing. */
  takeOne(charge: Charge, now: number): boolean {
    const bucket = this.#bucketOf(charge);
    const time = nanoseconds(now);
    const at = this.#find(bucket, time);
    for (;;) {
      const stored = Atomics.load(this.#memory, at);
      const seenAt = Atomics.load(this.#memory, at + 1);
      const emptyAt = settled({ emptyAt: stored, seenAt }, bucket, time);
      const passes = time - emptyAt >= bucket.interval;
      const next = passes ? emptyAt + costOf(charge, bucket) : emptyAt;
      if (Atomics.compareExchange(this.#memory, at, stored, next) !== stored) continue;
      Atomics.store(this.#memory, at + 1, time);
      return passes;
    }
  }

  #giveBack(charge: Charge, now: number): void {
    const bucket = this.#bucketOf(charge);
    Atomics.sub(this.#memory, this.#find(bucket, nanoseconds(now)), costOf(charge, bucket));
  }

  #bucketOf({ bucket, rate }: Charge): Bucket {
    const known = this.#known.find(bucket);
    if (known !== undefined) return known;
    const digest = hash("sha256", bucket, "buffer");
    // A name is never 0: that is a place which nobody has had.
    const name = digest.readBigInt64BE(0) | 1n;
    const home = digest.readUInt32BE(8) % (this.#memory.length / words);
    const interval = BigInt(Math.max(1, Math.floor(1e9 / rate)));
    const span = BigInt(Math.ceil((1e9 / rate) * Math.max(1, rate)));
    return this.#known.keep(bucket, { name, home, interval, span });
  }

  /** Where a bucket keeps when it is empty; it gets a place where it has none. */
  #find({ name, home }: Bucket, now: bigint): number {
    const memory = this.#memory;
    for (;;) {
      let place = -1;
      let least = now + this.#generation;
      for (let step = 0; step < neighbours; step++) {
        const at = (home * words + step * words) % memory.length;
        const has = Atomics.load(memory, at);
        if (has === name) return at + 1;
        const emptyAt = has === 0n ? -(2n ** 63n) : Atomics.load(memory, at + 1);
        if (place >= 0 && emptyAt >= least) continue;
        place = at;
        least = emptyAt;
      }
      const before = Atomics.load(memory, place);
      if (Atomics.compareExchange(memory, place, before, name) !== before) continue;
      Atomics.store(memory, place + 1, now - this.#generation);
      Atomics.store(memory, place + 2, now);
      return place + 1;
    }
  }
}

/** When a bucket is empty, as of now. A full one holds no more than it may; a clock that was set back fills nothing, and empties nothing. */
function settled(
  { emptyAt, seenAt }: { readonly emptyAt: bigint; readonly seenAt: bigint },
  { span }: Bucket,
  now: bigint,
): bigint {
  const since = seenAt - now > skew ? emptyAt - (seenAt - now) : emptyAt;
  const fullFrom = now - span;
  return since < fullFrom ? fullFrom : since;
}

function costOf({ cost }: Charge, { interval }: Bucket): bigint {
  return interval * BigInt(cost);
}

function nanoseconds(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds * 1e6));
}
