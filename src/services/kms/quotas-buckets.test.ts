import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Charge } from "./quotas-buckets.ts";
import { bucketMemory, TokenBuckets } from "./quotas-buckets.ts";

const generation = 20_000;
const of = (bucket: string, rate: number, cost = 1): Charge => ({ bucket, rate, cost });
/** How many calls pass, one after the other, at one moment. */
function passing(buckets: TokenBuckets, charge: Charge, now: number): number {
  let count = 0;
  while (count < 1_000 && buckets.take([charge], now)) count++;
  return count;
}

describe("token buckets", () => {
  test("hold a second's worth of calls", () => {
    assert.equal(passing(new TokenBuckets(generation), of("a", 5), 0), 5);
  });

  test("hold one call where a second brings less", () => {
    const buckets = new TokenBuckets(generation);
    assert.equal(passing(buckets, of("a", 0.1), 0), 1);
    assert.equal(passing(buckets, of("a", 0.1), 9_000), 0);
    assert.equal(passing(buckets, of("a", 0.1), 10_000), 1);
  });

  test("fill at their rate, and never over", () => {
    const buckets = new TokenBuckets(generation);
    assert.equal(passing(buckets, of("a", 10), 0), 10);
    assert.equal(passing(buckets, of("a", 10), 300), 3);
    assert.equal(passing(buckets, of("a", 10), 15_000), 10);
  });

  test("are independent of each other", () => {
    const buckets = new TokenBuckets(generation);
    assert.equal(passing(buckets, of("a", 2), 0), 2);
    assert.equal(passing(buckets, of("b", 2), 0), 2);
  });

  test("owe what a call costs more than they hold", () => {
    const buckets = new TokenBuckets(generation);
    assert.ok(buckets.take([of("a", 1, 2)], 0));
    assert.ok(!buckets.take([of("a", 1)], 1_999));
    assert.ok(buckets.take([of("a", 1)], 2_000));
  });

  test("give nothing to a call when one of its buckets is empty", () => {
    const buckets = new TokenBuckets(generation);
    assert.equal(passing(buckets, of("small", 1), 0), 1);
    for (let count = 0; count < 5; count++)
      assert.ok(!buckets.take([of("large", 3), of("small", 1)], 0));
    assert.equal(passing(buckets, of("large", 3), 0), 3);
  });

  test("neither fill nor empty when the clock is set back, and fill again from there", () => {
    const buckets = new TokenBuckets(generation);
    assert.equal(passing(buckets, of("a", 4), 50_000), 4);
    assert.equal(passing(buckets, of("a", 4), 1_000), 0);
    assert.equal(passing(buckets, of("a", 4), 2_000), 4);
    assert.ok(buckets.take([of("b", 4)], 50_000));
    assert.equal(passing(buckets, of("b", 4), 1_000), 3);
  });

  test("are one for all threads that share the memory", () => {
    const memory = bucketMemory();
    const [one, other] = [
      new TokenBuckets(generation, memory),
      new TokenBuckets(generation, memory),
    ];
    assert.ok(one.take([of("a", 3)], 0));
    assert.ok(other.take([of("a", 3)], 0));
    assert.equal(passing(one, of("a", 3), 0), 1);
    assert.equal(passing(other, of("a", 3), 0), 0);
    assert.equal(passing(other, of("a", 3), 1_000), 3);
    assert.equal(passing(one, of("a", 3), 1_000), 0);
  });

  test("give their places to others when they are full again, and forget the fullest first", () => {
    const buckets = new TokenBuckets(generation, bucketMemory(16));
    assert.equal(passing(buckets, of("emptied", 2), 0), 2);
    // More names than places, at a time when none is full: the one that holds least stays.
    for (let index = 0; index < 100; index++) assert.ok(buckets.take([of(`${index}`, 50)], 10));
    assert.equal(passing(buckets, of("emptied", 2), 10), 0);
    // Much later all places are free.
    for (let index = 0; index < 16; index++)
      assert.equal(passing(buckets, of(`later ${index}`, 2), 2 * generation), 2);
    for (let index = 0; index < 16; index++)
      assert.equal(passing(buckets, of(`later ${index}`, 2), 2 * generation), 0);
  });
});
