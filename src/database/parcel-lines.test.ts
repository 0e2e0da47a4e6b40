import * as assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { noChange } from "./commit.ts";
import type { Pending } from "./parcel.ts";
import { packCommits } from "./parcel.ts";
import { ParcelLines } from "./parcel-lines.ts";
import type { Settlement, WriterResult } from "./writer-thread.ts";

const commit = (...records: readonly string[]) => ({ relied: [], change: noChange, records });
/** Takes batches down, and finds some of their calls stale. */
function settler(stale: readonly string[] = []) {
  const batches: string[][] = [];
  const settle = (batch: readonly Pending[]): readonly WriterResult[] => {
    batches.push(batch.flatMap((each) => each.commit.records));
    return batch
      .map(({ id, commit: { records } }) => {
        return { id, stale: records.filter((each) => stale.includes(each)) };
      })
      .toReversed();
  };
  return { batches, settle };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("the parcels of one thread alone are settled at once, each by itself", () => {
  const { batches, settle } = settler(["b"]);
  const lines = new ParcelLines(settle);
  const answers: Settlement[] = [];
  lines.take(packCommits(7, [commit("a"), commit("b")]), (one) => answers.push(one));
  lines.take(packCommits(9, [commit("c")]), (one) => answers.push(one));
  assert.deepEqual(batches, [["a", "b"], ["c"]]);
  assert.deepEqual(answers, [
    { first: 7, count: 2, refused: [{ id: 8, stale: ["b"] }] },
    { first: 9, count: 1, refused: [] },
  ]);
});

test("what several threads have sent is one batch; each hears of its own calls under its own ids", async () => {
  const { batches, settle } = settler(["b", "d"]);
  const lines = new ParcelLines(settle);
  const { port1 } = new MessageChannel();
  lines.connect(port1);
  const [one, other]: [Settlement[], Settlement[]] = [[], []];
  lines.take(packCommits(5, [commit("a"), commit("b")]), (each) => one.push(each));
  lines.take(packCommits(0, [commit("c"), commit("d"), commit("e")]), (each) => other.push(each));
  await turn();
  assert.deepEqual(batches, [["a", "b", "c", "d", "e"]]);
  assert.deepEqual(one, [{ first: 5, count: 2, refused: [{ id: 6, stale: ["b"] }] }]);
  assert.deepEqual(other, [{ first: 0, count: 3, refused: [{ id: 1, stale: ["d"] }] }]);
  lines.close();
});

test("a port brings the parcels of another thread and takes their settlements", async () => {
  const { settle } = settler(["a"]);
  const lines = new ParcelLines(settle);
  const { port1, port2 } = new MessageChannel();
  lines.connect(port1);
  const heard = new Promise<Settlement>((resolve) => port2.once("message", resolve));
  port2.postMessage(packCommits(3, [commit("a")]));
  assert.deepEqual(await heard, { first: 3, count: 1, refused: [{ id: 3, stale: ["a"] }] });
  lines.close();
});

test("a thread that has gone holds up nobody, and closed lines settle nothing more", async () => {
  const { batches, settle } = settler();
  const lines = new ParcelLines(settle);
  const { port1, port2 } = new MessageChannel();
  lines.connect(port1);
  const gone = new Promise((resolve) => port1.once("close", resolve));
  port2.close();
  await gone;
  lines.take(packCommits(0, [commit("a")]), () => undefined);
  assert.deepEqual(batches, [["a"]]);
  const second = new MessageChannel();
  lines.connect(second.port1);
  lines.take(packCommits(1, [commit("b")]), () => assert.fail("nothing was settled"));
  lines.close();
  await turn();
  assert.deepEqual(batches, [["a"]]);
});
