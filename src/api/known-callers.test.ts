import * as assert from "node:assert/strict";
import { test } from "node:test";
import { KnownCallers } from "./known-callers.ts";

const on = (...aggregates: readonly string[]) => ({
  versions: aggregates.map((aggregate) => ({ aggregate, version: 1 })),
});

test("what rests on an aggregate that changes goes, and nothing else", () => {
  const known = new KnownCallers<string>(10);
  known.keep("a", "ann", on("user/ann", "group/devs", "group/devs"));
  known.keep("b", "bob", on("user/bob", "group/devs"));
  known.keep("c", "cid", on("user/cid"));
  known.forget("user/bob");
  assert.deepEqual(
    ["a", "b", "c"].map((id) => known.find(id)),
    ["ann", undefined, "cid"],
  );
  known.forget("group/devs");
  known.forget("group/ops");
  assert.deepEqual(
    ["a", "b", "c"].map((id) => known.find(id)),
    [undefined, undefined, "cid"],
  );
});

test("what is found again rests on the new versions only", () => {
  const known = new KnownCallers<string>(10);
  known.keep("a", "then", on("user/ann", "group/devs"));
  known.keep("a", "now", on("user/ann"));
  known.forget("group/devs");
  assert.equal(known.find("a"), "now");
});

test("the index of aggregates empties with what is dropped, for whatever reason", () => {
  const known = new KnownCallers<number>(3);
  for (let each = 0; each < 100; each++)
    known.keep(`key${each}`, each, on(`user/${each}`, `group/${each}`, "organization"));
  assert.deepEqual(
    ["key96", "key97", "key99"].map((id) => known.find(id)),
    [undefined, 97, 99],
  );
  assert.equal(known.aggregates, 3 * 2 + 1);
  known.keep("key99", 99, on("user/99"));
  assert.deepEqual(
    ["key97", "key98", "key99"].map((id) => known.find(id)),
    [97, 98, 99],
  );
  assert.equal(known.aggregates, 2 * 2 + 1 + 1);
  known.forget("organization");
  assert.equal(known.aggregates, 1);
  assert.deepEqual(known.clear(), [99]);
  assert.equal(known.aggregates, 0);
});
