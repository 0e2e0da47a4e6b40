import * as assert from "node:assert/strict";
import { test } from "node:test";
import { Lanes } from "./lanes.ts";

test("calls in one lane go one after the other, in the order in which they came", async () => {
  const lanes = new Lanes();
  const order: string[] = [];
  const work = async (name: string, lane: readonly string[]): Promise<void> => {
    const leave = await lanes.enter(lane);
    order.push(`${name} in`);
    await new Promise((resolve) => setImmediate(resolve));
    order.push(`${name} out`);
    leave();
  };
  await Promise.all([work("a", ["x"]), work("b", ["x"]), work("c", ["y"])]);
  assert.deepEqual(
    order.filter((each) => !each.startsWith("c")),
    ["a in", "a out", "b in", "b out"],
  );
  assert.ok(order.indexOf("c in") < order.indexOf("a out"));
});

test("calls that take the same lanes in another order do not wait for each other for ever", async () => {
  const lanes = new Lanes();
  const both = [lanes.enter(["x", "y"]), lanes.enter(["y", "x"])];
  (await both[0])?.();
  (await both[1])?.();
});
