import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { ChainState, NewFrame } from "./chain.ts";
import { decodeFrame, encodeFrames, expectedChain, genesis } from "./chain.ts";
import { longestRecord } from "./record.ts";

const lengths = [1, 900, 13, longestRecord, longestRecord + 1, 200_000, 7, 900];
const types = ["record", "state", "checkpoint"] as const;
const frames = lengths.map(
  (length, at): NewFrame => ({
    type: types[at % 3] ?? "record",
    payload: Buffer.alloc(length, at + 1),
  }),
);

/** A frame as docs/audit-format.md defines it. */
function defined({ sequence, chain }: ChainState, { type, payload }: NewFrame) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(payload.length);
  head[4] = { record: 1, checkpoint: 2, state: 3 }[type];
  head.writeBigUInt64BE(BigInt(sequence + 1), 5);
  const parts = ["keywright/audit/v1", chain, head.subarray(4), payload];
  const next = parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
  const bytes = Buffer.concat([head, payload, next]);
  return { bytes, state: { sequence: sequence + 1, chain: next } };
}

test("frames that are made together have the bytes that the format defines, however long they are", () => {
  let state = { ...genesis("deployment-1"), sequence: 2 ** 40 };
  const { bytes, state: end } = encodeFrames(state, frames);
  let at = 0;
  for (const frame of frames) {
    const expected = defined(state, frame);
    const found = decodeFrame(bytes, at);
    assert.ok(found !== undefined && found !== "end");
    assert.deepEqual(bytes.subarray(at, at + found.length), expected.bytes);
    assert.deepEqual(expectedChain(state, found), expected.state.chain);
    state = expected.state;
    at += found.length;
  }
  assert.equal(at, bytes.length);
  assert.deepEqual(end, state);
});

test("a chain of another length is none", () => {
  const [frame] = frames;
  assert.ok(frame !== undefined);
  for (const length of [0, 31, 33])
    assert.throws(() => encodeFrames({ sequence: 0, chain: Buffer.alloc(length) }, [frame]));
});
