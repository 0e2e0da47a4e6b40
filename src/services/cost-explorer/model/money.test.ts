import * as assert from "node:assert/strict";
import { test } from "node:test";
import { fixedAmount, formatAmount, one, parseAmount } from "./money.ts";

test("amounts are read exactly, and nothing else is an amount", () => {
  assert.equal(parseAmount("0.03"), (3n * one) / 100n);
  assert.equal(parseAmount("12"), 12n * one);
  assert.equal(parseAmount("0.0000000001"), one / 10n ** 10n);
  for (const text of ["", "-1", "1e3", ".5", "1.", "0x1", "1,5", "0.00000000001", "NaN"])
    assert.equal(parseAmount(text), undefined, text);
});

test("amounts are shown with ten decimals at most, without zeros at the end", () => {
  assert.equal(formatAmount(0n), "0");
  assert.equal(formatAmount((694n * one) / 100n), "6.94");
  assert.equal(formatAmount(one / 3n), "0.3333333333");
  assert.equal(formatAmount((2n * one) / 3n), "0.6666666667");
  assert.equal(formatAmount(10n * one), "10");
  assert.equal(formatAmount(one / 10n ** 12n), "0");
});

test("amounts of money are rounded to cents", () => {
  assert.equal(fixedAmount((6_945n * one) / 1_000n, 2), "6.95");
  assert.equal(fixedAmount((6_940_003n * one) / 1_000_000n, 2), "6.94");
  assert.equal(fixedAmount(0n, 2), "0.00");
});
