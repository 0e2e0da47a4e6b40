import * as assert from "node:assert/strict";
import { test } from "node:test";
import type { Span } from "./spans.ts";
import { isLogged, lastStop, nextPosition, started, stopped } from "./spans.ts";

const at = (seconds: number): Date => new Date(seconds * 1_000 + 999);

test("a trail logs what comes behind its start, until the second in which it is stopped", () => {
  const spans = stopped(started([], 10), at(50));
  assert.deepEqual(spans, [{ from: 10, to: 50 }]);
  assert.equal(isLogged(spans, { position: 10, time: 20 }), false);
  assert.equal(isLogged(spans, { position: 11, time: 20 }), true);
  assert.equal(isLogged(spans, { position: 90, time: 50 }), true);
  assert.equal(isLogged(spans, { position: 90, time: 51 }), false);
  assert.equal(lastStop(spans), 50);
});

test("stopping changes only the time in which a trail logs", () => {
  const spans = started(stopped(started([], 1), at(5)), 7);
  assert.equal(lastStop(spans), undefined);
  assert.deepEqual(stopped(spans, at(9)), [
    { from: 1, to: 5 },
    { from: 7, to: 9 },
  ]);
});

test("delivery that ended with a stop goes on at the next start, and never goes back", () => {
  const spans = started(stopped(started([], 1), at(5)), 70);
  assert.equal(nextPosition(spans, { position: 30, ended: 5 }), 70);
  assert.equal(nextPosition(spans, { position: 30 }), 30);
  assert.equal(nextPosition(spans, { position: 80, ended: 5 }), 80);
  assert.equal(nextPosition(spans.slice(0, 1), { position: 30, ended: 5 }), 30);
});

test("of a hundred starts the oldest two become one: too much is delivered rather than too little", () => {
  let spans: readonly Span[] = [];
  for (let each = 0; each < 101; each++) spans = started(stopped(spans, at(each * 10)), each * 100);
  assert.equal(spans.length, 100);
  assert.deepEqual(spans[0], { from: 0, to: 20 });
  assert.equal(isLogged(spans, { position: 50, time: 15 }), true);
});
