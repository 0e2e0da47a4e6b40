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

test("a set has one digest, in whatever order it comes", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), (elements) => {
      assert.equal(digestOf(elements.toReversed()), digestOf(elements));
    }),
  );
});

test("the digest is the one that journals from before the tree of versions hold", () => {
  assert.equal(
    digestOf(["1\nkey/1", "2\nkey/2"]),
    "003b546200d225572e2afbe96b9016d7cd971b3fc0e64a0e442cee95a27ecaf9",
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
