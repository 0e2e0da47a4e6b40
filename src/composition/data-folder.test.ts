import * as assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { OperatorError } from "../base/errors.ts";
import { createFolder, dataFolder, isInitialized } from "./data-folder.ts";

const root = mkdtempSync(join(tmpdir(), "keywright-folder-"));
after(() => rmSync(root, { recursive: true }));
const fault = (message: RegExp) => (error: unknown) =>
  error instanceof OperatorError && message.test(error.message);

test("a data folder that cannot be made is the operator's fault, and told so", () => {
  const file = join(root, "file");
  writeFileSync(file, "");
  for (const data of [file, join(file, "below")])
    assert.throws(() => createFolder(dataFolder({ data }), []), fault(/ENOTDIR.*--data/), data);
});

test("where the system makes no folders none is tried for ever; elsewhere those above are made, too", () => {
  const nowhere = "/proc/keywright/data";
  assert.throws(() => createFolder(dataFolder({ data: nowhere }), []), fault(/ENOENT.*--data/));
  const data = join(root, "one", "two", "three");
  createFolder(dataFolder({ data }), []);
  assert.equal(isInitialized(dataFolder({ data })), false);
  assert.deepEqual(readdirSync(join(root, "one")), ["two"]);
});

test("a folder that may not be looked into is not taken for one without a deployment", () => {
  assert.equal(isInitialized(dataFolder({ data: join(root, "missing") })), false);
  // Refused to the superuser, too, whom permissions do not hold up.
  const data = join(root, "loop");
  symlinkSync(data, data);
  assert.throws(() => isInitialized(dataFolder({ data })), fault(/cannot use .*ELOOP/));
});
