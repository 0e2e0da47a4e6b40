import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Verification } from "../../src/audit/verify.ts";
import { verifyJournal } from "../../src/audit/verify.ts";
import { generateSigningKey } from "../../src/crypto/signature.ts";
import type { Journal, JournalOptions } from "../../src/database/journal.ts";
import { listSegments, readHead } from "../../src/database/journal-files.ts";

const key = generateSigningKey();
const deployment = "deployment-1";

const record = (index: number): Buffer => Buffer.from(`{"record":${index}}`);

/** Options of a journal in a new folder that goes when the test ends. */
export function options(
  context: { after(work: () => void): void },
  segmentBytes = 2_048,
): JournalOptions {
  const folder = mkdtempSync(join(tmpdir(), "keywright-journal-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, deployment, ...key, segmentBytes, now: () => new Date(0) };
}

/** Makes room for records and appends them. */
export function append(journal: Journal, ...indexes: readonly number[]): void {
  const records = indexes.map(record);
  journal.reserve(records);
  journal.append(records);
}

/** Signs the journal as it stands. */
export function sign(journal: Journal): void {
  journal.reserve([]);
  journal.checkpoint();
}

/** What the verification says of a journal, and its records. */
export function verified({ folder }: JournalOptions): Verification & { readonly texts: string[] } {
  const texts: string[] = [];
  const head = readHead(folder);
  const trust = { deployment, publicKey: key.publicKey, ...(head === undefined ? {} : { head }) };
  const found = verifyJournal(listSegments(folder), trust, ({ payload }) =>
    texts.push(Buffer.from(payload).toString()),
  );
  return { ...found, texts };
}

/** Records as a journal has them. */
export const texts = (...indexes: readonly number[]): readonly string[] =>
  indexes.map((index) => record(index).toString());
/** Path and written length of the newest segment. */
export function newest({ folder }: JournalOptions) {
  const segment = listSegments(folder).at(-1);
  assert.ok(segment !== undefined);
  const bytes = segment.bytes();
  return { path: join(folder, segment.name), bytes, end: bytes.findLastIndex(Boolean) + 1 };
}
