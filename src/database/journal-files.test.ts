import * as assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { describe, test } from "node:test";
import { failing, withDisk } from "../../test/support/disk.ts";
import { createFile, NoRoomError } from "./journal-files.ts";

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "keywright-files-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe("a file of the journal", () => {
  test("that finds no room is not there, and may be tried again", (t) => {
    const folder = newFolder(t);
    for (const call of ["writeSync", "renameSync"] as const)
      withDisk(call, failing("ENOSPC"), () =>
        assert.throws(() => createFile(folder, "name", Buffer.from("x"), 10), NoRoomError),
      );
    assert.deepEqual(readdirSync(folder), []);
  });

  test("that has its name may not be taken for one that found no room, whatever the sync of the folder says", (t) => {
    const folder = newFolder(t);
    let syncs = 0;
    const second = (real: (...args: readonly unknown[]) => unknown, args: readonly unknown[]) =>
      ++syncs === 2 ? failing("ENOSPC")() : real(...args);
    withDisk("fsyncSync", second, () =>
      assert.throws(
        () => createFile(folder, "name", Buffer.from("x"), 10),
        (error) => !(error instanceof NoRoomError),
      ),
    );
    assert.deepEqual(readdirSync(folder), ["name"]);
  });
});
