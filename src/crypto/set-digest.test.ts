import * as assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { SetDigest } from "./set-digest.ts";

const key = Buffer.alloc(32, 7);
const digestOf = (elements: readonly string[]): string => {
  const set = new SetDigest(key);
  for (const element of elements) set.add(element);
  return set.digest().toString("hex");
};

test("a set has one digest, in whatever order and by whatever way it came about", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), fc.string(), (elements, other) => {
      const set = new SetDigest(key);
      set.add(other);
      for (const element of elements.toReversed()) set.add(element);
      set.remove(other);
      assert.equal(set.digest().toString("hex"), digestOf(elements));
    }),
  );
});

test("another set, and another key, have another digest", () => {
  assert.notEqual(digestOf(["a"]), digestOf([]));
  assert.notEqual(digestOf(["a", "b"]), digestOf(["ab"]));
  assert.notEqual(digestOf(["a"]), digestOf(["a", "a"]));
  const other = new SetDigest(Buffer.alloc(32, 8));
  other.add("a");
  assert.notEqual(other.digest().toString("hex"), digestOf(["a"]));
});

test("a copy goes its own way", () => {
  const set = new SetDigest(key);
  set.add("a");
  const copy = set.copy();
  copy.add("b");
  assert.equal(set.digest().toString("hex"), digestOf(["a"]));
  assert.equal(copy.digest().toString("hex"), digestOf(["a", "b"]));
});
