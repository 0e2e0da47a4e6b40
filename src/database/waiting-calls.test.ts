import * as assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { describe, test } from "node:test";
import { WaitingCalls } from "./waiting-calls.ts";

const patience = 1_000;

/** Calls that wait for a writer that nobody drives but the test. */
function waitingCalls(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const stalls: boolean[] = [];
  const sent: number[] = [];
  const calls = new WaitingCalls(patience, (stalled) => stalls.push(stalled));
  const add = () => {
    const outcome = calls.add((id) => sent.push(id));
    outcome.catch(() => undefined);
    return outcome;
  };
  return { calls, stalls, sent, add, tick: (time: number) => t.mock.timers.tick(time) };
}

const unknown = { name: "KMSInternalException", status: 500 };
const refused = { name: "ServiceUnavailableException", status: 503 };
const stale: readonly string[] = [];
const durable = (first: number) => ({ first, count: 1, refused: [] });

describe("calls that wait for the writer", () => {
  test("end with an error when it says nothing for too long, and no others are sent until it speaks", async (t) => {
    const { calls, stalls, sent, add, tick } = waitingCalls(t);
    const first = add();
    tick(patience);
    await assert.rejects(first, unknown);
    const second = add();
    assert.deepEqual(sent, [0]);
    await assert.rejects(second, refused);
    assert.equal(calls.stalled, true);
    calls.settle(durable(0));
    const next = add();
    calls.settle(durable(1));
    assert.deepEqual(await next, { stale });
    assert.deepEqual(stalls, [true, false]);
  });

  test("wait on as long as it says something", async (t) => {
    const { calls, stalls, add, tick } = waitingCalls(t);
    const outcomes = [add(), add(), add()];
    for (let id = 0; id < 3; id++) {
      tick(patience - 1);
      calls.settle(durable(id));
    }
    tick(patience);
    for (const outcome of outcomes) assert.deepEqual(await outcome, { stale });
    assert.deepEqual(stalls, []);
  });

  test("end when it falls silent after it has answered others", async (t) => {
    const { calls, stalls, add, tick } = waitingCalls(t);
    const outcomes = [add(), add()];
    tick(patience / 2);
    calls.settle(durable(0));
    tick(patience);
    assert.deepEqual(stalls, [true]);
    await assert.rejects(outcomes[1] ?? Promise.resolve(), unknown);
  });

  test("hear from an answer only when it counts them, and what it says of them", async (t) => {
    const { calls, add, tick } = waitingCalls(t);
    const outcomes = Array.from({ length: 5 }, add);
    const refused = [
      { id: 1, stale: ["key/1"] },
      { id: 3, failed: "no room" },
    ];
    calls.settle({ first: 0, count: 4, refused });
    assert.deepEqual(await outcomes[0], { stale });
    assert.deepEqual(await outcomes[1], { stale: ["key/1"] });
    assert.deepEqual(await outcomes[2], { stale });
    await assert.rejects(outcomes[3] ?? Promise.resolve(), { name: "NoRoom" });
    tick(patience);
    await assert.rejects(outcomes[4] ?? Promise.resolve(), unknown);
  });

  test("end when it stops, and later ones are refused without being sent", async (t) => {
    const { calls, sent, add } = waitingCalls(t);
    const first = add();
    calls.fail(new Error("EIO"));
    await assert.rejects(first, unknown);
    await assert.rejects(add(), refused);
    assert.deepEqual(sent, [0]);
  });
});
