import * as assert from "node:assert/strict";
import {
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { failing, withDisk } from "../../test/support/disk.ts";
import { append, newest, options, sign, texts, verified } from "../../test/support/journal.ts";
import { segmentHeaderLength } from "../audit/chain.ts";
import { OperatorError } from "../base/errors.ts";
import type { JournalOptions } from "./journal.ts";
import { Journal } from "./journal.ts";
import { headFile, listSegments, NoRoomError, readHead } from "./journal-files.ts";

const refusesToOpen = (each: JournalOptions, reason: RegExp): void =>
  assert.throws(
    () => Journal.open(each),
    (error: unknown) => error instanceof OperatorError && reason.test(error.message),
  );

test("appended records stand in order, over as many segments as they need", (t) => {
  const each = options(t);
  const journal = Journal.open(each);
  for (let index = 0; index < 60; index++) append(journal, index);
  sign(journal);
  journal.close();
  assert.ok(listSegments(each.folder).length >= 3);
  const { fault, texts: found } = verified(each);
  assert.equal(fault, undefined);
  assert.deepEqual(found, texts(...Array(60).keys()));
});

test("a batch larger than a segment gets a segment of its size", (t) => {
  const each = options(t, 200);
  const journal = Journal.open(each);
  append(journal, ...Array(100).keys());
  append(journal, 100);
  sign(journal);
  assert.deepEqual(verified(each).texts, texts(...Array(101).keys()));
});

test("a journal goes on where it stood when it was closed", (t) => {
  const each = options(t);
  for (let index = 0; index < 60; index++) {
    const journal = Journal.open(each);
    assert.equal(journal.sequence, index);
    append(journal, index);
    journal.close();
  }
  assert.deepEqual(verified(each).texts, texts(...Array(60).keys()));
});

test("a checkpoint is written when something is new, and only then", (t) => {
  const each = options(t);
  const journal = Journal.open(each);
  sign(journal);
  assert.equal(journal.sequence, 0);
  append(journal, 1);
  sign(journal);
  sign(journal);
  assert.equal(journal.sequence, 2);
  journal.close();
  const again = Journal.open(each);
  sign(again);
  assert.equal(again.sequence, 2);
});

test("records that a crash left unsigned are signed after the restart", (t) => {
  const each = options(t);
  append(Journal.open(each), 1, 2);
  const journal = Journal.open(each);
  sign(journal);
  assert.equal(verified(each).signedTo, 2);
});

test("a last record that is cut at any byte is set aside, and the journal goes on before it", (t) => {
  const each = options(t);
  const journal = Journal.open(each);
  append(journal, 1, 2);
  const whole = newest(each).end;
  append(journal, 3);
  const { path, bytes, end } = newest(each);
  for (let length = whole; length < end; length++) {
    const torn = Buffer.concat([bytes.subarray(0, length), Buffer.alloc(bytes.length - length)]);
    writeFileSync(path, torn);
    const again = Journal.open(each);
    assert.equal(again.sequence, 2, `cut at ${length}`);
    append(again, 4);
    again.close();
    assert.deepEqual(verified(each).texts, texts(1, 2, 4));
    if (torn.subarray(whole).every((byte) => byte === 0)) continue;
    const aside = readFileSync(join(each.folder, "torn-after-2.bin"));
    assert.deepEqual(aside, torn.subarray(whole));
  }
});

test("garbage behind the last whole record is set aside", (t) => {
  const each = options(t);
  append(Journal.open(each), 1, 2);
  const { path, bytes, end } = newest(each);
  for (const at of [end, end + 1, end + 500, bytes.length - 1]) {
    writeFileSync(path, Buffer.from(bytes).fill(0xa5, at, at + 1));
    const again = Journal.open(each);
    append(again, 3);
    again.close();
    assert.deepEqual(verified(each).texts, texts(1, 2, 3));
    assert.equal(readFileSync(join(each.folder, "torn-after-2.bin"))[at - end], 0xa5);
  }
});

test("a journal that ends before its newest checkpoint refuses to open", (t) => {
  const each = options(t);
  const journal = Journal.open(each);
  append(journal, 1, 2);
  sign(journal);
  const { path, bytes } = newest(each);
  for (const length of [segmentHeaderLength, segmentHeaderLength + 30, segmentHeaderLength + 60]) {
    writeFileSync(path, Buffer.concat([bytes.subarray(0, length), Buffer.alloc(1_000)]));
    refusesToOpen(each, /but was signed up to 2/);
  }
  rmSync(path);
  refusesToOpen(each, /ends at 0, but was signed up to 2/);
});

test("a journal whose last segment was exchanged for another refuses to open", (t) => {
  const [each, other] = [options(t), options(t)];
  for (const [where, index] of [
    [each, 1],
    [other, 2],
  ] as const) {
    const journal = Journal.open(where);
    append(journal, index);
    sign(journal);
    append(journal, 3);
  }
  copyFileSync(newest(other).path, newest(each).path);
  refusesToOpen(each, /was rewritten: at 1 it is not what was signed/);
});

test("a damaged segment header or newest checkpoint refuses to open", (t) => {
  const each = options(t);
  const journal = Journal.open(each);
  append(journal, 1);
  sign(journal);
  const { path, bytes } = newest(each);
  for (let at = 0; at < 18; at++) {
    writeFileSync(path, Buffer.from(bytes).fill(0xa5, at, at + 1));
    refusesToOpen(each, /damaged segment/);
  }
  writeFileSync(path, Buffer.alloc(bytes.length));
  refusesToOpen(each, /damaged segment/);
  truncateSync(path, 0);
  refusesToOpen(each, /damaged segment/);
  writeFileSync(path, bytes);
  for (const head of ["", "{}", "garbage"]) {
    writeFileSync(join(each.folder, headFile), head);
    refusesToOpen(each, /damaged head\.json/);
  }
});

test("a full disk refuses the batch, leaves nothing behind, and is over when there is room", (t) => {
  const each = options(t, 100);
  const journal = Journal.open(each);
  append(journal, 1);
  const large = Array(50).keys().toArray();
  const before = readdirSync(each.folder);
  for (const code of ["ENOSPC", "EDQUOT", "EFBIG"])
    for (const call of ["openSync", "writeSync", "fsyncSync"] as const)
      withDisk(call, failing(code), () =>
        assert.throws(() => append(journal, ...large), NoRoomError),
      );
  assert.deepEqual(readdirSync(each.folder), before);
  append(journal, ...large);
  assert.deepEqual(verified(each).texts, texts(1, ...large));
});

test("a full disk does not keep the journal from being signed: the newest checkpoint stands in the journal itself", (t) => {
  const each = options(t);
  const journal = Journal.open(each);
  append(journal, 1);
  sign(journal);
  append(journal, 2);
  const before = readHead(each.folder);
  withDisk("openSync", failing("ENOSPC"), () => sign(journal));
  assert.deepEqual(readHead(each.folder), before);
  assert.equal(verified(each).signedTo, 3);
  append(journal, 3);
  sign(journal);
  assert.notDeepEqual(readHead(each.folder), before);
});

test("an I/O error is never taken for a full disk", (t) => {
  const journal = Journal.open(options(t));
  const isError = (error: unknown): boolean => !(error instanceof NoRoomError);
  for (const call of ["openSync", "writeSync", "fsyncSync", "renameSync"] as const)
    withDisk(call, failing("EIO"), () => assert.throws(() => append(journal, 1), isError));
});

test("after a failed write or sync the journal refuses everything, and a restart finds what was acknowledged", (t) => {
  for (const call of ["writeSync", "fdatasyncSync"] as const) {
    const each = options(t);
    const journal = Journal.open(each);
    append(journal, 1);
    withDisk(call, failing("EIO"), () => assert.throws(() => append(journal, 2), /EIO/));
    assert.throws(() => append(journal, 3), /not used again/);
    assert.throws(() => sign(journal), /not used again/);
    const again = Journal.open(each);
    append(again, 4);
    again.close();
    // The failed record was written or not: nobody was told that it was.
    const found = verified(each).texts.filter((text) => text !== texts(2)[0]);
    assert.deepEqual(found, texts(1, 4));
  }
});

test("a disk that writes less than it was given gets the rest", (t) => {
  const each = options(t);
  const journal = Journal.open(each);
  const atMost = 7;
  withDisk(
    "writeSync",
    (real, [file, bytes, offset, length, position]) =>
      real(file, bytes, offset, Math.min(Number(length), atMost), position),
    () => append(journal, 1, 2, 3),
  );
  assert.deepEqual(verified(each).texts, texts(1, 2, 3));
});
