import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { encodeFrame, encodeSegmentHeader, genesis } from "../../src/audit/chain.ts";
import { verifyJournal } from "../../src/audit/verify.ts";

interface JournalVector {
  readonly deployment: string;
  readonly publicKey: string;
  readonly segments: readonly string[];
  readonly head: string;
  readonly records: readonly string[];
  readonly last: { readonly sequence: number; readonly chain: string };
  readonly signedTo: number;
}

const vector: JournalVector = JSON.parse(
  readFileSync(new URL("./audit-v1.json", import.meta.url), "utf8"),
);
const segments = vector.segments.map((hex, index) => ({
  name: `segment ${index}`,
  bytes: () => Buffer.from(hex, "hex"),
}));

test("a journal v1 that another implementation wrote is verified whole", () => {
  const records: string[] = [];
  const { fault, last, signedTo, ...counts } = verifyJournal(
    segments,
    {
      deployment: vector.deployment,
      publicKey: Buffer.from(vector.publicKey, "hex"),
      head: Buffer.from(vector.head),
    },
    ({ payload }) => records.push(Buffer.from(payload).toString()),
  );
  assert.equal(fault, undefined);
  assert.deepEqual(records, vector.records);
  assert.deepEqual(counts, { records: 4, checkpoints: 2 });
  assert.equal(signedTo, vector.signedTo);
  assert.equal(last.sequence, vector.last.sequence);
  assert.equal(Buffer.from(last.chain).toString("hex"), vector.last.chain);
});

test("the first record of a journal v1 is written byte for byte", () => {
  const start = genesis(vector.deployment);
  const frame = encodeFrame(start, "record", Buffer.from(vector.records[0] ?? ""));
  const written = Buffer.concat([encodeSegmentHeader(start), frame.bytes]).toString("hex");
  assert.ok(vector.segments[0]?.startsWith(written));
});
