import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { ReadNode } from "./tree.ts";
import {
  consistencyProof,
  emptyRoot,
  inclusionProof,
  leafHash,
  nodeHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from "./tree.ts";

/** RFC 6962 section 2.1, word by word, over the entries themselves. */
function mth(entries: readonly Buffer[]): Buffer {
  const hash = (...parts: readonly Buffer[]): Buffer =>
    createHash("sha256").update(Buffer.concat(parts)).digest();
  const [first] = entries;
  if (first === undefined) return hash();
  if (entries.length === 1) return hash(Buffer.of(0), first);
  let k = 1;
  while (k * 2 < entries.length) k *= 2;
  return hash(Buffer.of(1), mth(entries.slice(0, k)), mth(entries.slice(k)));
}

const most = 40;
const entries = Array.from({ length: most }, (_, index) => Buffer.from(`record ${index}`));
const leaves = entries.map(leafHash);
const roots = Array.from({ length: most + 1 }, (_, size) => mth(entries.slice(0, size)));
const rootAt = (size: number): Buffer => roots[size] ?? Buffer.of();
const leafAt = (index: number): Buffer => leaves[index] ?? Buffer.of();
const read: ReadNode = (level, index) =>
  mth(entries.slice(index * 2 ** level, (index + 1) * 2 ** level));

/** Every proof that differs in one place: a hash changed, left out, repeated or exchanged, or one more. */
function* otherProofs(proof: readonly Uint8Array[]): Iterable<readonly Uint8Array[]> {
  for (const [at, hash] of proof.entries()) {
    const flipped = Buffer.from(hash);
    flipped[31] = (flipped[31] ?? 0) ^ 1;
    yield proof.with(at, flipped);
    yield proof.with(at, hash.subarray(0, 31));
    yield proof.toSpliced(at, 1);
    yield proof.toSpliced(at, 0, hash);
    if (at > 0) yield proof.toSpliced(at - 1, 2, hash, proof[at - 1] ?? hash);
  }
  yield [...proof, emptyRoot];
}

test("the root of a tree is the one of RFC 6962 at every size", () => {
  for (const [size, root] of roots.entries()) assert.deepEqual(rootOf(size, read), root);
  assert.equal(
    emptyRoot.toString("hex"),
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
});

test("an inclusion proof holds for its leaf, its index and its tree alone", () => {
  for (let size = 1; size <= most; size++)
    for (let index = 0; index < size; index++) {
      const proof = inclusionProof(index, size, read);
      assert.ok(verifyInclusion(leafAt(index), index, size, proof, rootAt(size)));
      assert.ok(!verifyInclusion(leafAt((index + 1) % most), index, size, proof, rootAt(size)));
      assert.ok(!verifyInclusion(leafAt(index), index, size, proof, rootAt(size - 1)));
      for (let other = 0; other < size; other++)
        if (other !== index)
          assert.ok(!verifyInclusion(leafAt(index), other, size, proof, rootAt(size)));
    }
});

test("an inclusion proof that was changed anywhere does not hold", () => {
  for (const [index, size] of [
    [0, 1],
    [6, 7],
    [4, 8],
    [22, 39],
    [39, 40],
  ] as const)
    for (const changed of otherProofs(inclusionProof(index, size, read)))
      assert.ok(!verifyInclusion(leafAt(index), index, size, changed, rootAt(size)));
});

test("a consistency proof holds for its two trees alone", () => {
  for (let newSize = 0; newSize <= most; newSize++)
    for (let oldSize = 0; oldSize <= newSize; oldSize++) {
      const proof = consistencyProof(oldSize, newSize, read);
      const holds = (old: Buffer, changed: Buffer): boolean =>
        verifyConsistency(oldSize, old, newSize, changed, proof);
      assert.ok(holds(rootAt(oldSize), rootAt(newSize)), `${oldSize} to ${newSize}`);
      assert.ok(!holds(rootAt(oldSize + 1), rootAt(newSize)) || oldSize === most);
      if (oldSize > 0) assert.ok(!holds(rootAt(oldSize), rootAt(newSize - 1)));
    }
});

test("a consistency proof that was changed anywhere does not hold", () => {
  for (const [oldSize, newSize] of [
    [0, 9],
    [1, 2],
    [6, 7],
    [8, 40],
    [22, 39],
    [40, 40],
  ] as const)
    for (const changed of otherProofs(consistencyProof(oldSize, newSize, read)))
      assert.ok(!verifyConsistency(oldSize, rootAt(oldSize), newSize, rootAt(newSize), changed));
});

test("a proof between two trees is none for trees of other heights", () => {
  const height = (size: number): number => Math.ceil(Math.log2(size));
  for (let newSize = 2; newSize <= 17; newSize++)
    for (let oldSize = 1; oldSize < newSize; oldSize++) {
      const proof = consistencyProof(oldSize, newSize, read);
      for (let claimed = oldSize; claimed <= most; claimed++)
        if (height(claimed) !== height(newSize))
          assert.ok(
            !verifyConsistency(oldSize, rootAt(oldSize), claimed, rootAt(newSize), proof),
            `${oldSize} to ${newSize} as ${claimed}`,
          );
    }
});

test("a tree with a rewritten leaf is not consistent with the one before it", () => {
  const forged = entries.with(3, Buffer.from("another record"));
  const readForged: ReadNode = (level, index) =>
    mth(forged.slice(index * 2 ** level, (index + 1) * 2 ** level));
  const proof = consistencyProof(20, 40, readForged);
  assert.ok(!verifyConsistency(20, rootAt(20), 40, mth(forged), proof));
});

test("a smaller tree never continues a larger one", () => {
  assert.throws(() => consistencyProof(8, 7, read), RangeError);
  assert.ok(!verifyConsistency(8, rootAt(8), 7, rootAt(7), []));
});

test("sizes and indexes that no tree has are refused", () => {
  for (const strange of [-1, 0.5, Number.NaN, 2 ** 53]) {
    assert.ok(!verifyInclusion(leafAt(0), strange, 1, [], rootAt(1)));
    assert.ok(!verifyInclusion(leafAt(0), 0, strange, [], rootAt(1)));
    assert.ok(!verifyConsistency(strange, rootAt(1), 1, rootAt(1), []));
    assert.ok(!verifyConsistency(1, rootAt(1), strange, rootAt(1), []));
  }
  assert.throws(() => inclusionProof(7, 7, read), RangeError);
});

test("a node has two whole hashes", () => {
  assert.throws(() => nodeHash(emptyRoot, emptyRoot.subarray(1)), RangeError);
  assert.throws(() => nodeHash(Buffer.alloc(33), emptyRoot), RangeError);
});
