import * as assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { OperatorError } from "../base/errors.ts";
import { lockFolder } from "./lock.ts";

const folder = mkdtempSync(join(tmpdir(), "keywright-lock-"));
after(() => rmSync(folder, { recursive: true }));
const fault = (message: RegExp) => (error: unknown) =>
  error instanceof OperatorError && message.test(error.message);

test("a folder has one holder at a time", () => {
  const path = join(folder, "lock.db");
  const held = lockFolder(path, folder);
  assert.throws(() => lockFolder(path, folder), fault(/another keywright process uses .*stop it/));
  held.release();
  lockFolder(path, folder).release();
});

test("a lock that cannot be written is not taken for another process's", () => {
  assert.throws(
    () => lockFolder(join(folder, "missing", "lock.db"), folder),
    fault(/^cannot lock .*unable to open database file.*must own/),
  );
  const path = join(folder, "held.db");
  // What a transaction writes beside the file cannot be made.
  mkdirSync(`${path}-journal`);
  assert.throws(() => lockFolder(path, folder), fault(/^cannot lock /));
});
