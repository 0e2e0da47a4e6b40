import * as assert from "node:assert/strict";
import { test } from "node:test";
import { takeTurns } from "./turns.ts";

test("work of one name runs in its order, never twice at once; a failure stops nobody else", async () => {
  const turns = takeTurns();
  const events: string[] = [];
  const work = (name: string) => async () => {
    events.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    events.push(`${name} ends`);
    if (name === "b") throw new Error("b fails");
    return name;
  };
  const results = await Promise.allSettled(["a", "b", "c"].map((name) => turns("one", work(name))));
  assert.deepEqual(
    results.map((each) => each.status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  assert.deepEqual(
    events,
    ["a", "b", "c"].flatMap((name) => [`${name} begins`, `${name} ends`]),
  );
  assert.equal(await turns("one", work("d")), "d");
});

test("other names do not wait", async () => {
  const turns = takeTurns();
  const never = turns("one", () => new Promise(() => undefined));
  assert.equal(await turns("two", async () => "done"), "done");
  assert.ok(never instanceof Promise);
});
