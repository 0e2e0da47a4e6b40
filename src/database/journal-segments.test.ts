import * as assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { failing, withDisk } from "../../test/support/disk.ts";
import { append, newest, options, texts, verified } from "../../test/support/journal.ts";
import { segmentHeaderLength } from "../audit/chain.ts";
import type { JournalOptions } from "./journal.ts";
import { Journal } from "./journal.ts";
import { makeSpare } from "./journal-files.ts";

const segmentBytes = 4_096;
/** Fits into a segment, but not behind a first record. */
const large = [Buffer.alloc(2_950)];
const spares = ({ folder }: JournalOptions): readonly string[] =>
  readdirSync(folder).filter((name) => name.startsWith("spare"));

test("a crash at any point of making a segment leaves a journal that opens as it was", (t) => {
  const points = ["openSync", "writeSync", "fsyncSync", "renameSync"] as const;
  for (const [point, spare] of points.flatMap((at) => [
    [at, false] as const,
    [at, true] as const,
  ])) {
    const each = options(t, segmentBytes);
    const journal = Journal.open(each);
    append(journal, 1);
    if (spare) makeSpare(each.folder, segmentBytes);
    // The process ends here: what it has not removed stays.
    withDisk(point, failing("EIO"), () => assert.throws(() => journal.reserve(large), /EIO/));
    writeFileSync(join(each.folder, "journal-0000000000000002.kwj.new"), "half");
    const again = Journal.open(each);
    assert.equal(again.sequence, 1);
    again.reserve(large);
    append(again, 2);
    again.close();
    assert.deepEqual(verified(each).texts, texts(1, 2));
    assert.ok(!readdirSync(each.folder).some((name) => name.endsWith(".new")));
  }
});

test("a segment that was made ahead is taken when it is needed, without its zeros being written again", (t) => {
  const each = options(t, segmentBytes);
  const journal = Journal.open(each);
  append(journal, 1);
  makeSpare(each.folder, segmentBytes);
  let written = 0;
  withDisk(
    "writeSync",
    (real, args) => {
      written += Number(args[3]);
      return real(...args);
    },
    () => journal.reserve(large),
  );
  assert.equal(written, segmentHeaderLength);
  assert.equal(newest(each).bytes.length, segmentBytes);
  assert.deepEqual(spares(each), []);
  append(journal, 2);
  journal.close();
  append(Journal.open(each), 3);
  assert.deepEqual(verified(each).texts, texts(1, 2, 3));
});

test("a spare of another size is no segment, and gives way to one of the right size", (t) => {
  const each = options(t, segmentBytes);
  const journal = Journal.open(each);
  makeSpare(each.folder, 512);
  append(journal, 1);
  assert.equal(spares(each).length, 1);
  makeSpare(each.folder, segmentBytes);
  journal.reserve(large);
  assert.deepEqual(spares(each), []);
  append(journal, 2);
  assert.deepEqual(verified(each).texts, texts(1, 2));
});

test("a full disk has no spare, and that is no fault", (t) => {
  const each = options(t);
  const journal = Journal.open(each);
  withDisk("writeSync", failing("ENOSPC"), () => makeSpare(each.folder, 1_024));
  assert.deepEqual(readdirSync(each.folder), []);
  append(journal, 1);
  assert.deepEqual(verified(each).texts, texts(1));
});

test("a disk with little room has no spare: its zeros could take the room of records", (t) => {
  const each = options(t);
  Journal.open(each).close();
  const size = 4_096;
  const withRoom = (bytes: number): readonly string[] => {
    withDisk(
      "statfsSync",
      () => ({ bavail: bytes, bsize: 1 }),
      () => makeSpare(each.folder, size),
    );
    return spares(each);
  };
  assert.deepEqual(withRoom(16 * size - 1), []);
  assert.deepEqual(withRoom(16 * size), ["spare.zeros"]);
});
