import * as assert from "node:assert/strict";
import { test } from "node:test";
import { OperatorError } from "../base/errors.ts";
import { threadsOf } from "./serving.ts";

test("three threads for every four processors answer HTTP, at most eight, unless a number is given", () => {
  for (const [processors, threads] of [
    [1, 1],
    [2, 1],
    [4, 3],
    [8, 6],
    [64, 8],
  ] as const)
    assert.equal(threadsOf({ workers: "auto" }, "linux", processors), threads);
  assert.equal(threadsOf({ workers: 2 }, "linux", 1), 2);
});

test("where the system shares no port between threads the main thread is alone", () => {
  assert.equal(threadsOf({ workers: "auto" }, "darwin", 64), 1);
  assert.equal(threadsOf({ workers: 1 }, "darwin", 64), 1);
  assert.throws(() => threadsOf({ workers: 2 }, "darwin", 64), OperatorError);
});
