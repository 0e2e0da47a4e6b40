import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  answered,
  boto3TestsOf,
  operationsPage,
  sdkOperations,
  sdkTestsOf,
} from "../../scripts/operations-table.ts";

test("docs/operations.md is what registries, SDK and tests say", () => {
  const page = readFileSync("docs/operations.md", "utf8");
  assert.equal(page, operationsPage(page), "run `npm run docs`");
});

test("every operation that AWS's SDK knows is answered", () => {
  assert.ok(sdkOperations.length >= 56);
  assert.deepEqual(
    sdkOperations.filter((name) => !answered.has(name)),
    [],
  );
});

test("every operation is tested through AWS's SDK", (t) => {
  const untested = (testsOf: (name: string) => readonly string[]): readonly string[] =>
    sdkOperations.filter((name) => testsOf(name).length === 0);
  t.diagnostic(`without a test through boto3: ${untested(boto3TestsOf).join(", ") || "none"}`);
  assert.deepEqual(untested(sdkTestsOf), []);
});
