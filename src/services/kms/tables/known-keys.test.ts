import * as assert from "node:assert/strict";
import { test } from "node:test";
import type { Domain } from "../../../keystore/domain.ts";
import { newKeyWithoutMaterial } from "../create.ts";
import type { KmsKey } from "../model/key.ts";
import { bytesOf, KnownKeys } from "./known-keys.ts";

const domain = { id: { account: "111122223333", region: "us-east-1", epoch: 1 } } as Domain;

function key(keyId: string, version = 1, policy = "{}"): KmsKey {
  const given = { createdAt: new Date(0), policy, description: "", tags: [] };
  const made = newKeyWithoutMaterial({ domain, keyId, spec: "SYMMETRIC_DEFAULT" }, given);
  return { ...made, version: { aggregate: keyId, version } };
}

test("keys in memory take no more than the bytes that they may; those that came first go first", () => {
  const usual = bytesOf(key("a"));
  const known = new KnownKeys(10 * usual);
  for (let each = 0; each < 1_000; each++) known.keep(key(String(each)));
  const kept = Array.from({ length: 1_000 }, (_, each) => known.get(String(each)));
  assert.deepEqual(
    kept.flatMap((each, index) => (each === undefined ? [] : [index])),
    [990, 991, 992, 993, 994, 995, 996, 997, 998, 999],
  );
});

test("a key with a large policy takes the room of many", () => {
  const usual = bytesOf(key("a"));
  const large = key("large", 1, "x".repeat(32_768));
  const known = new KnownKeys(bytesOf(large) + usual);
  for (let each = 0; each < 100; each++) known.keep(key(String(each)));
  known.keep(large);
  assert.equal(known.get("large"), large);
  assert.equal(known.get("98"), undefined);
  assert.notEqual(known.get("99"), undefined);
});

test("what is larger than all that may be kept is used and not kept, and displaces nothing", () => {
  const known = new KnownKeys(2 * bytesOf(key("a")));
  const [first, large] = [key("a"), key("large", 1, "x".repeat(100_000))];
  known.keep(first);
  assert.equal(known.keep(large), large);
  assert.equal(known.get("large"), undefined);
  assert.equal(known.get("a"), first);
});

test("a newer state takes the place of an older one and never the other way, whatever reads are under way", () => {
  const known = new KnownKeys(2 ** 20);
  const [older, newer] = [key("a", 1), key("a", 2)];
  assert.equal(known.keep(older), older);
  assert.equal(known.keep(newer), newer);
  assert.equal(known.keep(older), newer);
  assert.equal(known.get("a"), newer);
});

test("what is forgotten leaves its room", () => {
  const known = new KnownKeys(2 * bytesOf(key("a")));
  for (let each = 0; each < 10; each++) {
    known.keep(key("a", each));
    known.forget("a");
  }
  for (const each of ["b", "c"]) known.keep(key(each));
  assert.notEqual(known.get("b"), undefined);
  assert.notEqual(known.get("c"), undefined);
});
