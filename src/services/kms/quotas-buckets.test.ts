import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Charge } from "./quotas-buckets.ts";
import { TokenBuckets } from "./quotas-buckets.ts";

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
  });

  test("are dropped when nobody used them for long, and only then", () => {
    const buckets = new TokenBuckets(generation);
    for (let index = 0; index < 1_000; index++) buckets.take([of(`idle ${index}`, 1)], 0);
    let passed = 0;
    for (let now = 0; now < 3 * generation; now += 125)
      if (buckets.take([of("busy", 0.08)], now)) passed++;
    assert.equal(passed, 5, "one at first, then one each 12.5 seconds");
    assert.equal(buckets.size, 1);
  });
});
