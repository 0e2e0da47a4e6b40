import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { operationsPage } from "../../scripts/operations-table.ts";

test("docs/operations.md is what the registries say", () => {
  const page = readFileSync("docs/operations.md", "utf8");
  assert.equal(page, operationsPage(page), "run `npm run docs`");
});
