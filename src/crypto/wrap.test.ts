import * as assert from "node:assert/strict";
import { test } from "node:test";
import { IntegrityError } from "../base/errors.ts";
import { randomBytes } from "./random.ts";
import { unwrap, wrap } from "./wrap.ts";

const key = randomBytes(32);
const identity = ["material", "key-1", "abc", "SYMMETRIC_DEFAULT"];
const secret = Buffer.from("a secret of some length");
const wrapped = wrap(key, identity, secret);

test("a wrapped secret unwraps under the same key for the same identity", () => {
  assert.deepEqual(unwrap(key, identity, wrapped), secret);
});

test("it does not unwrap for any other identity, however the parts are cut", () => {
  const others = [
    ["material", "key-2", "abc", "SYMMETRIC_DEFAULT"],
    ["material", "key-1a", "bc", "SYMMETRIC_DEFAULT"],
    ["material", "key-1", "abcSYMMETRIC_DEFAULT"],
    ["material", "key-1", "abc", "SYMMETRIC_DEFAULT", ""],
    ["material", "key-1", "abc"],
    [],
  ];
  for (const other of others) assert.throws(() => unwrap(key, other, wrapped), IntegrityError);
});

test("it does not unwrap under another key, nor with any bit changed, nor cut", () => {
  assert.throws(() => unwrap(randomBytes(32), identity, wrapped), IntegrityError);
  for (let bit = 0; bit < wrapped.length * 8; bit++) {
    const other = Buffer.from(wrapped);
    other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.throws(() => unwrap(key, identity, other), IntegrityError);
  }
  for (let length = 0; length < wrapped.length; length++)
    assert.throws(() => unwrap(key, identity, wrapped.subarray(0, length)), IntegrityError);
});

test("wrapping twice gives two different results of the same length", () => {
  const again = wrap(key, identity, secret);
  assert.notDeepEqual(again, wrapped);
  assert.equal(again.length, wrapped.length);
});

test("the error names the identity and no byte of a secret", () => {
  const check = ({ message }: Error): boolean => {
    assert.match(message, /key-1/);
    for (const hidden of [secret.toString(), key.toString("hex"), wrapped.toString("hex")])
      assert.ok(!message.includes(hidden));
    return true;
  };
  assert.throws(() => unwrap(randomBytes(32), identity, wrapped), check);
});
