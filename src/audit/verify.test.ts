import * as assert from "node:assert/strict";
import { test } from "node:test";
import { generateSigningKey } from "../crypto/signature.ts";
import type { ChainState, FrameType } from "./chain.ts";
import { encodeFrame, encodeSegmentHeader, genesis, segmentHeaderLength } from "./chain.ts";
import { signCheckpoint } from "./checkpoint.ts";
import type { Trust, Verification } from "./verify.ts";
import { verifyJournal } from "./verify.ts";

const deployment = "5a1f6b0e-3c7d-4e8a-9b21-0c1d2e3f4a5b";
const key = generateSigningKey();
const now = new Date("2026-01-02T03:04:05.678Z");
const padding = 16;

interface Placed {
  readonly segment: number;
  readonly offset: number;
  readonly sequence: number;
  readonly type: FrameType;
  readonly bytes: Buffer;
}

interface Journal {
  readonly segments: readonly Buffer[];
  readonly frames: readonly Placed[];
  /** Payload of the newest checkpoint. */
  readonly head: Buffer;
}

interface Recipe {
  readonly records?: number;
  /** Text of a record. */
  readonly text?: (index: number) => string;
  readonly signEvery?: number;
  readonly cutEvery?: number;
  readonly privateKey?: Uint8Array;
  /** Puts a record in the place of every checkpoint. */
  readonly unsigned?: boolean;
}

/** Writes a journal: a checkpoint after every `signEvery` records, a new segment after every `cutEvery`. */
function write(recipe: Recipe = {}): Journal {
  const { records = 50, signEvery = 12, cutEvery = 15, privateKey = key.privateKey } = recipe;
  const { text = (index: number) => `{"record":${index}}`, unsigned = false } = recipe;
  let state: ChainState = genesis(deployment);
  let head: Buffer = Buffer.alloc(0);
  const frames: Placed[] = [];
  const segments: Buffer[] = [];
  const add = (type: FrameType, payload: Uint8Array): void => {
    const current = segments.length - 1;
    const frame = encodeFrame(state, type, payload);
    const offset = segments[current]?.length ?? 0;
    frames.push({
      segment: current,
      offset,
      sequence: frame.state.sequence,
      type,
      bytes: frame.bytes,
    });
    segments[current] = Buffer.concat([segments[current] ?? Buffer.alloc(0), frame.bytes]);
    state = frame.state;
  };
  for (let index = 0; index < records; index++) {
    if (index % cutEvery === 0) segments.push(encodeSegmentHeader(state));
    add("record", Buffer.from(text(index)));
    if (index % signEvery !== signEvery - 1) continue;
    head = signCheckpoint(deployment, state, now, privateKey);
    add(unsigned ? "record" : "checkpoint", head);
  }
  return {
    segments: segments.map((bytes) => Buffer.concat([bytes, Buffer.alloc(padding)])),
    frames,
    head,
  };
}

function verify(segments: readonly Buffer[], head?: Uint8Array, trust = {}): Verification {
  return verifyJournal(
    segments.map((bytes, index) => ({ name: `segment-${index}`, bytes: () => bytes })),
    {
      deployment,
      publicKey: key.publicKey,
      ...(head === undefined ? {} : { head }),
      ...trust,
    } satisfies Trust,
  );
}

/** The segments with one of them rebuilt from a list of its frames. */
function rebuilt(journal: Journal, segment: number, change: (frames: Placed[]) => Placed[]) {
  const own = change(journal.frames.filter((frame) => frame.segment === segment));
  const before = journal.segments[segment] ?? Buffer.alloc(0);
  const bytes = [before.subarray(0, segmentHeaderLength), ...own.map((frame) => frame.bytes)];
  return journal.segments.with(segment, Buffer.concat([...bytes, Buffer.alloc(padding)]));
}

function requireFault(
  { fault }: Verification,
  at: { readonly segment: number; readonly offset: number; readonly sequence: number },
  reason?: RegExp,
): void {
  assert.ok(fault !== undefined, "the damage was not found");
  assert.deepEqual(
    [fault.segment, fault.offset, fault.sequence],
    [`segment-${at.segment}`, at.offset, at.sequence],
  );
  if (reason !== undefined) assert.match(fault.reason, reason);
}

const journal = write();
const second = journal.frames.filter((frame) => frame.segment === 1);
const at = (index: number): Placed => {
  const frame = second[index];
  assert.ok(frame !== undefined);
  return frame;
};

test("an intact journal is verified to its end", () => {
  const { fault, records, checkpoints, signedTo, last } = verify(journal.segments, journal.head);
  assert.equal(fault, undefined);
  assert.deepEqual(
    { records, checkpoints, signedTo, last: last.sequence },
    { records: 50, checkpoints: 4, signedTo: 51, last: 54 },
  );
  assert.equal(journal.segments.length, 4);
});

test("any single changed byte is found, and the record that it belongs to is named", () => {
  for (const [segment, bytes] of journal.segments.entries())
    for (let position = 0; position < bytes.length; position++) {
      const edited = Buffer.from(bytes);
      edited[position] = (edited[position] ?? 0) ^ (1 << (position % 8));
      const found = verify(journal.segments.with(segment, edited), journal.head);
      requireFault(found, { segment, ...ownerOf(segment, position) });
    }
});

/** The frame that a byte belongs to: where it starts, and the sequence that stands there. Behind the last one, its end. */
function ownerOf(segment: number, position: number) {
  const frames = journal.frames.filter((frame) => frame.segment === segment);
  const [first] = frames;
  const last = frames.at(-1);
  assert.ok(first !== undefined && last !== undefined);
  if (position < segmentHeaderLength) return { offset: 0, sequence: first.sequence };
  const owner = frames.findLast((frame) => frame.offset <= position) ?? first;
  const end = last.offset + last.bytes.length;
  if (position >= end) return { offset: end, sequence: last.sequence + 1 };
  return { offset: owner.offset, sequence: owner.sequence };
}

test("a removed record is found where it stood", () => {
  for (const index of second.keys()) {
    const changed = rebuilt(journal, 1, (frames) => frames.toSpliced(index, 1));
    const found = verify(changed, journal.head);
    // Behind the last record of a segment nothing stands that could contradict but the next segment.
    if (index === second.length - 1)
      requireFault(found, { segment: 2, offset: 0, sequence: at(index).sequence });
    else requireFault(found, at(index), /removed, added or reordered/);
  }
});

test("a repeated record is found where it is repeated", () => {
  for (const index of second.keys()) {
    const changed = rebuilt(journal, 1, (frames) => frames.toSpliced(index, 0, at(index)));
    const offset = at(index).offset + at(index).bytes.length;
    const sequence = at(index).sequence + 1;
    requireFault(verify(changed, journal.head), { segment: 1, offset, sequence });
  }
});

test("two records that changed places are found at the first of them", () => {
  for (let index = 0; index + 1 < second.length; index++) {
    const changed = rebuilt(journal, 1, (frames) =>
      frames.with(index, at(index + 1)).with(index + 1, at(index)),
    );
    requireFault(verify(changed, journal.head), at(index), /reordered/);
  }
});

test("an inserted record is found, whatever sequence it claims and however well it is chained", () => {
  const place = at(5);
  const before = at(4);
  const state = {
    sequence: before.sequence,
    chain: before.bytes.subarray(before.bytes.length - 32),
  };
  const forged = encodeFrame(state, "record", Buffer.from('{"forged":true}'));
  const changed = rebuilt(journal, 1, (frames) =>
    frames.toSpliced(5, 0, { ...place, bytes: forged.bytes }),
  );
  const offset = place.offset + forged.bytes.length;
  requireFault(verify(changed, journal.head), {
    segment: 1,
    offset,
    sequence: place.sequence + 1,
  });
});

test("a dropped, repeated or misplaced segment is found", () => {
  const { segments, head } = journal;
  const first = (segment: number): number =>
    journal.frames.find((frame) => frame.segment === segment)?.sequence ?? 0;
  requireFault(verify(segments.slice(1), head), { segment: 0, offset: 0, sequence: 1 });
  requireFault(verify(segments.toSpliced(1, 1), head), {
    segment: 1,
    offset: 0,
    sequence: first(1),
  });
  const [a, b, c, d] = segments;
  assert.ok(a && b && c && d);
  requireFault(verify([a, b, b, c, d], head), { segment: 2, offset: 0, sequence: first(2) });
  requireFault(verify([a, c, b, d], head), { segment: 1, offset: 0, sequence: first(1) });
  assert.match(verify([], head).fault?.reason ?? "", /its end was cut off/);
  assert.match(verify(segments.slice(0, 3), head).fault?.reason ?? "", /its end was cut off/);
});

test("an end cut off before the newest known checkpoint is found, and where the journal ends is named", () => {
  const last = journal.frames.filter((frame) => frame.segment === 3);
  const signed = last.findIndex((frame) => frame.type === "checkpoint");
  for (let left = 0; left < last.length; left++) {
    const found = verify(
      rebuilt(journal, 3, (frames) => frames.slice(0, left)),
      journal.head,
    );
    const cut = last[left];
    assert.ok(cut !== undefined);
    if (left < signed) requireFault(found, cut, /its end was cut off/);
    // What was never signed can be cut: docs/audit-format.md says so.
    else assert.equal(found.fault, undefined);
  }
});

test("records that were rewritten and chained anew do not reach the next checkpoint", () => {
  const forged = write({ text: (index) => `{"record":${index === 20 ? 21 : index}}` });
  const { privateKey } = generateSigningKey();
  const resigned = write({ text: (index) => `{"record":${index + 1}}`, privateKey });
  const true24 = journal.frames.filter((frame) => frame.type === "checkpoint")[1];
  assert.ok(true24 !== undefined);
  // The forger keeps the true checkpoint behind the forged records …
  const kept = rebuilt(forged, 1, (frames) =>
    frames.map((frame) => (frame.type === "checkpoint" ? rechain(frame, true24) : frame)),
  );
  requireFault(verify(kept, journal.head), true24, /checkpoint is not a true one/);
  // … or signs them with a key of their own.
  assert.match(verify(resigned.segments).fault?.reason ?? "", /checkpoint is not a true one/);

  function rechain(place: Placed, source: Placed): Placed {
    const before = forged.frames.find((frame) => frame.sequence === place.sequence - 1);
    assert.ok(before !== undefined);
    const chain = before.bytes.subarray(before.bytes.length - 32);
    const payload = source.bytes.subarray(13, source.bytes.length - 32);
    const { bytes } = encodeFrame({ sequence: before.sequence, chain }, "checkpoint", payload);
    return { ...place, bytes };
  }
});

test("a journal rewritten whole, without checkpoints, does not pass the newest known one", () => {
  const forged = write({ text: (index) => `{"record":${index + 1}}`, unsigned: true });
  const known: { readonly sequence: number } = JSON.parse(journal.head.toString());
  const place = forged.frames.find((frame) => frame.sequence === known.sequence);
  assert.ok(place !== undefined);
  requireFault(verify(forged.segments, journal.head), place, /the journal was rewritten/);
  // Without a checkpoint from elsewhere the same journal only counts as unsigned.
  const { fault, signedTo } = verify(forged.segments);
  assert.equal(fault, undefined);
  assert.equal(signedTo, 0);
});

test("an older true checkpoint in the place of a newer one is refused", () => {
  const checkpoints = journal.frames.filter((frame) => frame.type === "checkpoint");
  const [older, newer] = checkpoints;
  assert.ok(older !== undefined && newer !== undefined);
  const before = journal.frames.find((frame) => frame.sequence === newer.sequence - 1);
  assert.ok(before !== undefined);
  const chain = before.bytes.subarray(before.bytes.length - 32);
  const payload = older.bytes.subarray(13, older.bytes.length - 32);
  const { bytes } = encodeFrame({ sequence: before.sequence, chain }, "checkpoint", payload);
  const changed = rebuilt(journal, newer.segment, (frames) =>
    frames.map((frame) => (frame === newer ? { ...frame, bytes } : frame)),
  );
  requireFault(verify(changed, journal.head), newer, /checkpoint is not a true one/);
});

test("a checkpoint of another deployment or key is refused, and so is a head that is none", () => {
  const other = verify(journal.segments, undefined, { deployment: deployment.replace("5", "6") });
  assert.match(other.fault?.reason ?? "", /does not continue/);
  const { publicKey } = generateSigningKey();
  const [first] = journal.frames.filter((frame) => frame.type === "checkpoint");
  assert.ok(first !== undefined);
  requireFault(verify(journal.segments, undefined, { publicKey }), first);
  const later = journal.head.toString().replace('"sequence":', '"sequence":1');
  for (const head of ["", "{}", "[1]", '{"sequence":1}', later])
    assert.match(
      verify(journal.segments, Buffer.from(head)).fault?.reason ?? "",
      /checkpoint is not a true one/,
    );
});
