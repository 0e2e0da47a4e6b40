import * as assert from "node:assert/strict";
import { test } from "node:test";
import type { LogLevel } from "./log.ts";
import { isLogLevel, jsonLog } from "./log.ts";

function record(threshold: LogLevel) {
  const lines: string[] = [];
  const log = jsonLog(
    threshold,
    () => new Date(0),
    (line) => lines.push(line),
  );
  return { log, lines };
}

test("a line is one JSON object with time, level, message and fields", () => {
  const { log, lines } = record("debug");
  log("info", "one\ntwo", { port: 1, absent: undefined });
  assert.deepEqual(lines, [
    '{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"one\\ntwo","port":1}\n',
  ]);
});

test("lines below the level are left out", () => {
  const { log, lines } = record("warn");
  for (const level of ["debug", "info", "warn", "error"] as const) log(level, level);
  assert.equal(lines.length, 2);
});

test("an error is written with its causes and without its other members", () => {
  const { log, lines } = record("info");
  const cause = Object.assign(new TypeError("inner"), { secret: "s3cret" });
  log("error", "failed", { error: new Error("outer", { cause }) });
  const line = JSON.parse(lines[0] ?? "") as {
    readonly error: { readonly message: string; readonly cause: { readonly name: string } };
  };
  assert.equal(line.error.message, "outer");
  assert.equal(line.error.cause.name, "TypeError");
  assert.doesNotMatch(lines[0] ?? "", /s3cret/);
});

test("an error that is its own cause is written to a depth", () => {
  const { log, lines } = record("info");
  const error = new Error("loop");
  error.cause = error;
  log("error", "failed", { error });
  assert.equal(lines.length, 1);
});

test("levels are known by name", () => {
  assert.equal(isLogLevel("warn"), true);
  assert.equal(isLogLevel("WARN"), false);
});
