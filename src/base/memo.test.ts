import * as assert from "node:assert/strict";
import { test } from "node:test";
import { Memo } from "./memo.ts";

test("a memo gives back what it was given, for that text alone", () => {
  const memo = new Memo<object>();
  const value = {};
  assert.equal(memo.keep("a", value), value);
  assert.equal(memo.find("a"), value);
  assert.equal(memo.find("b"), undefined);
});

test("a memo holds a bounded number of texts, and no long ones", () => {
  const memo = new Memo<number>({ most: 8, longest: 4 });
  for (let count = 0; count < 100; count++) memo.keep(String(count), count);
  const held = Array.from({ length: 100 }, (_, at) => memo.find(String(at)));
  assert.ok(held.filter((each) => each !== undefined).length <= 8);
  assert.equal(memo.find("99"), 99);
  memo.keep("12345", 1);
  assert.equal(memo.find("12345"), undefined);
});
