import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import { logOrigin } from "../../src/audit/log-checkpoint.ts";
import type { Work } from "../../src/audit/log-work.ts";
import { leavesOf, piecesOf, plainWork } from "../../src/audit/log-work.ts";
import { verifierKey } from "../../src/audit/note.ts";
import { leafHash } from "../../src/audit/tree.ts";
import type { LogFault } from "../../src/audit/verify-log.ts";
import { verifyLog } from "../../src/audit/verify-log.ts";
import { chooser, seed } from "../fuzz/mutate.ts";
import { auditKey, deployment, record, records, writeLog } from "../support/merkle-log.ts";
import { structuralEdit } from "./structural-edits.ts";

/**
 * A log of 1,000 records, edited in every way that one can think of. `npm test` changes some 50,000 bytes, other ones every day;
 * all 2.4 million, one after the other, in about ten minutes:
 *
 *     KEYWRIGHT_EVERY_BYTE=true node --test test/audit/tampered-log.test.ts
 */
const every = process.env["KEYWRIGHT_EVERY_BYTE"] === "true";
const usualEdits = 50_000;
const structural = 10_000;

const idAt = record(1).indexOf('"eventID":"') + 11;
const log = writeLog({ records: records(1_000) });
const trust = { deployment, boot: 1, publicKey: auditKey.publicKey };

/** Where each byte of a bundle belongs to: the index of its record. */
function* ownersOf(bundle: Buffer): Iterable<{ readonly end: number }> {
  for (let at = 0; at < bundle.length; ) {
    const end = at + 2 + bundle.readUInt16BE(at);
    yield { end };
    at = end;
  }
}

/** The hashes of the entries as they were written. */
const hashes = new Map(
  log.entries.map((bytes) => [entryKey(bytes), { bytes, hash: leafHash(bytes) }]),
);

/** The bytes of its event id, which no two records share. */
function entryKey(entry: Uint8Array): string {
  return Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength).toString(
    "latin1",
    idAt,
    idAt + 8,
  );
}

function hashOf(entry: Uint8Array): Buffer {
  const known = hashes.get(entryKey(entry));
  return known?.bytes.equals(entry) ? known.hash : leafHash(entry);
}

/** Remembers what whole files of the log come to; what `isEdited` says is worked out anew. */
function remembering(isEdited: (bytes: Uint8Array) => boolean): Work {
  const originals: ReadonlySet<Uint8Array> = new Set(log.files.values());
  const remember = <T>(work: (bytes: Uint8Array) => T): ((bytes: Uint8Array) => T) => {
    const known = new Map<Uint8Array, T>();
    return (bytes) => {
      if (!originals.has(bytes) || isEdited(bytes)) return work(bytes);
      const found = known.get(bytes) ?? work(bytes);
      known.set(bytes, found);
      return found;
    };
  };
  const key = verifierKey(logOrigin(deployment, 1), auditKey.publicKey);
  return {
    open: remember((note) => plainWork.open(note, key)),
    leaves: remember((bundle) => leavesOf(bundle, hashOf)),
    pieces: remember(piecesOf),
  };
}

/** The record that a byte of a bundle belongs to. */
function recordAt(name: string, at: number): number | undefined {
  const [, bundle] = /^tile\/entries\/(\d{3})/.exec(name) ?? [];
  if (bundle === undefined) return undefined;
  const owners = [...ownersOf(log.files.get(name) ?? Buffer.of())];
  return Number(bundle) * 256 + owners.findIndex(({ end }) => at < end);
}

/** The places whose bytes are changed: every one, or a sample that is another one every day. */
function* places(): Iterable<{ readonly name: string; readonly at: number; readonly to: number }> {
  const step = every ? 1 : Math.floor(total / usualEdits);
  const start = Math.floor(Date.now() / 86_400_000) % step;
  let position = 0;
  for (const [name, bytes] of log.files)
    for (let at = 0; at < bytes.length; at++, position++)
      if (position % step === start)
        yield { name, at, to: (bytes[at] ?? 0) ^ (1 + ((position * 151 + seed) % 255)) };
}

const total = [...log.files.values()].reduce((sum, { length }) => sum + length, 0);

describe(`a log of 1,000 records (FUZZ_SEED=${seed})`, () => {
  test("every single changed byte is found, and the record or the file that it belongs to is named", (context) => {
    let edited: Uint8Array | undefined;
    const work = remembering((bytes) => bytes === edited);
    const reader = { list: () => log.files.keys(), read: (name: string) => log.files.get(name) };
    assert.deepEqual(verifyLog(reader, trust, work).faults, [], "the log itself is intact");
    let edits = 0;
    for (const { name, at, to } of places()) {
      const bytes = log.files.get(name) ?? Buffer.of();
      edited = bytes;
      const before = bytes[at] ?? 0;
      bytes[at] = to;
      const [fault] = verifyLog(reader, trust, work).faults;
      bytes[at] = before;
      edits++;
      if (fault?.file !== name || fault.index !== recordAt(name, at))
        assert.fail(`byte ${at} of ${name} as ${to}: found ${JSON.stringify(fault)}`);
    }
    context.diagnostic(`${edits} of ${total} bytes changed`);
    assert.ok(every ? edits === total : edits >= usualEdits);
  });

  test("every structural edit is found, and a file or a record that it touches is named", (context) => {
    const choose = chooser("structural edits");
    const tally = new Map<string, number>();
    const work = remembering(() => false);
    for (let edit = 0; edit < structural; edit++) {
      const { kind, files, touched, index } = structuralEdit(log, choose);
      const reader = { list: () => files.keys(), read: (name: string) => files.get(name) };
      const { faults } = verifyLog(reader, trust, work);
      const named = faults.some((fault) => names(fault, touched, index));
      if (!named)
        assert.fail(
          `edit ${edit}, ${kind}, of ${[...touched].join(", ")}: ${JSON.stringify(faults)}`,
        );
      tally.set(kind, (tally.get(kind) ?? 0) + 1);
    }
    context.diagnostic(JSON.stringify(Object.fromEntries(tally)));
  });
});

function names(fault: LogFault, touched: ReadonlySet<string>, index: number | undefined): boolean {
  return touched.has(fault.file) && (index === undefined || fault.index === index);
}
