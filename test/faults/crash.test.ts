import * as assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { encodeSegmentHeader, genesis, segmentHeaderLength } from "../../src/audit/chain.ts";
import { OperatorError } from "../../src/base/errors.ts";
import type { EmbeddedWriter, WriterOptions } from "../../src/database/embedded-writer.ts";
import { headFile, listSegments } from "../../src/database/journal-files.ts";
import { failing, withDisk } from "../support/disk.ts";
import {
  changing,
  commit,
  insert,
  key,
  newStorage,
  open,
  recorded,
  relying,
  stored,
} from "../support/storage.ts";

/** Writers whose process "crashed": kept from the garbage collector, which would close their database in an orderly way. */
const crashed: EmbeddedWriter[] = [];

function openAndCrash(storage: WriterOptions): void {
  crashed.push(open(storage));
}

/** Ends a writer between SQLite's commit and the journal: state changed, records only in the outbox. */
function dieBeforeJournal(storage: WriterOptions): void {
  const writer = open(storage);
  crashed.push(writer);
  commit(writer, changing("a", [insert("a")], [key(1)]));
  withDisk("writeSync", failing("EIO"), () =>
    assert.throws(() =>
      commit(
        writer,
        relying("unanswered"),
        changing("b", [insert("b")], [key(2)]),
        changing("c", [insert("c")], [key(3)]),
      ),
    ),
  );
}

test("a change that was committed before a crash gets its record at the restart, once", async (t) => {
  const storage = await newStorage(t);
  dieBeforeJournal(storage);
  for (let start = 0; start < 3; start++) openAndCrash(storage);
  assert.deepEqual(recorded(storage), ["a", "b", "c"]);
  const writer = open(storage);
  commit(writer, relying("d"));
  writer.close();
  assert.deepEqual(recorded(storage), ["a", "b", "c", "d"]);
  assert.deepEqual(stored(storage), { a: 1, b: 1, c: 1 });
});

test("a crash anywhere in the write to the journal loses and repeats no record of a committed change", async (t) => {
  const storage = await newStorage(t);
  dieBeforeJournal(storage);
  const before = listSegments(storage.journalFolder).at(-1)?.bytes();
  const after = await newStorage(t);
  copyStorage(storage, after);
  openAndCrash(after);
  const [segment] = listSegments(after.journalFolder);
  assert.ok(before !== undefined && segment !== undefined);
  const start = before.findLastIndex(Boolean) + 1;
  const end = segment.bytes().findLastIndex(Boolean) + 1;
  const copy = await newStorage(t);
  for (let cut = start; cut <= end; cut++) {
    copyStorage(storage, copy);
    const written = Buffer.from(before);
    segment.bytes().copy(written, start, start, cut);
    writeFileSync(join(copy.journalFolder, segment.name), written);
    openAndCrash(copy);
    open(copy).close();
    assert.deepEqual(recorded(copy), ["a", "b", "c"], `cut at ${cut}`);
  }
});

function copyStorage(from: WriterOptions, to: WriterOptions): void {
  rmSync(to.journalFolder, { recursive: true, force: true });
  cpSync(from.journalFolder, to.journalFolder, { recursive: true });
  for (const suffix of ["", "-wal", "-shm"]) {
    rmSync(to.databasePath + suffix, { force: true });
    if (existsSync(from.databasePath + suffix))
      cpSync(from.databasePath + suffix, to.databasePath + suffix);
  }
}

test("a crash during the replay is replayed again", async (t) => {
  for (const call of ["writeSync", "fdatasyncSync"] as const) {
    const storage = await newStorage(t);
    dieBeforeJournal(storage);
    withDisk(call, failing("EIO"), () => assert.throws(() => open(storage), /EIO/));
    openAndCrash(storage);
    assert.deepEqual(recorded(storage), ["a", "b", "c"]);
  }
});

test("a restart syncs what it found in the journal before it relies on it", async (t) => {
  const storage = await newStorage(t);
  dieBeforeJournal(storage);
  openAndCrash(storage);
  let synced = 0;
  const counting = (real: (...args: readonly unknown[]) => unknown, args: readonly unknown[]) => {
    synced++;
    return real(...args);
  };
  withDisk("fsyncSync", counting, () => openAndCrash(storage));
  assert.ok(synced > 0);
});

test("a restart moves what it found in the write-ahead log to the database before it relies on it", async (t) => {
  const storage = await newStorage(t);
  dieBeforeJournal(storage);
  /** Salts of the log: SQLite draws new ones when it begins the log anew. */
  const salts = (): string =>
    readFileSync(`${storage.databasePath}-wal`).subarray(16, 24).toString("hex");
  const before = salts();
  const counted: string[] = [];
  const noting = (real: (...args: readonly unknown[]) => unknown, args: readonly unknown[]) => {
    counted.push(salts());
    return real(...args);
  };
  // The first thing that recovery does to the journal comes after it.
  withDisk("writeSync", noting, () => openAndCrash(storage));
  assert.ok(counted.length > 0 && !counted.includes(before));
});

test("a deployment whose journal was taken away does not start", async (t) => {
  const storage = await newStorage(t);
  open(storage).close();
  rmSync(storage.journalFolder, { recursive: true });
  assert.throws(() => open(storage), /the audit journal is missing/);
  assert.ok(!existsSync(storage.journalFolder), "or it could not be moved back");
});

test("a database that is away is not replaced by an empty one", async (t) => {
  const storage = await newStorage(t);
  rmSync(storage.databasePath);
  assert.throws(() => open(storage), /unable to open database file/);
  assert.ok(!existsSync(storage.databasePath));
});

test("a journal that lost records which were on disk before the last change refuses to start", async (t) => {
  const storage = await newStorage(t);
  const writer = open(storage);
  commit(writer, relying("a"), relying("b"));
  commit(writer, changing("c", [insert("c")], [key(1)]));
  const [segment] = listSegments(storage.journalFolder);
  assert.ok(segment !== undefined);
  rmSync(join(storage.journalFolder, headFile));
  const empty = Buffer.alloc(segment.bytes().length);
  encodeSegmentHeader(genesis(storage.deployment)).copy(empty, 0, 0, segmentHeaderLength);
  writeFileSync(join(storage.journalFolder, segment.name), empty);
  assert.throws(
    () => open(storage),
    (error: unknown) =>
      error instanceof OperatorError && /ends at 0, but 4 were written/.test(error.message),
  );
});
