import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  cosignNote,
  formatVerifierKey,
  openNote,
  parseVerifierKey,
  signNote,
} from "../../src/audit/note.ts";
import { completeRoot, TileTree } from "../../src/audit/tile-tree.ts";
import type { Tile } from "../../src/audit/tiles.ts";
import { tilePath, tileWidth } from "../../src/audit/tiles.ts";
import type { ReadNode } from "../../src/audit/tree.ts";
import {
  consistencyProof,
  inclusionProof,
  leafHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from "../../src/audit/tree.ts";
import { decodeEd25519Key } from "../../src/crypto/signature.ts";

interface Vector {
  readonly size: number;
  readonly roots: readonly { readonly size: number; readonly root: string }[];
  readonly inclusion: readonly {
    readonly index: number;
    readonly size: number;
    readonly proof: readonly string[];
  }[];
  readonly consistency: readonly {
    readonly oldSize: number;
    readonly newSize: number;
    readonly proof: readonly string[];
  }[];
  readonly tiles: readonly {
    readonly level: number;
    readonly index: number;
    readonly width: number;
    readonly sha256: string;
  }[];
  readonly paths: readonly {
    readonly level: number | "entries";
    readonly index: number;
    readonly width: number;
    readonly path: string;
  }[];
  readonly note: {
    readonly seed: string;
    readonly name: string;
    readonly verifierKey: string;
    readonly text: string;
    readonly signed: string;
  };
  readonly cosignature: {
    readonly seed: string;
    readonly name: string;
    readonly verifierKey: string;
    readonly time: number;
    readonly line: string;
  };
}

const vector: Vector = JSON.parse(
  readFileSync(new URL("./merkle-log-v1.json", import.meta.url), "utf8"),
);

const leaves = Array.from({ length: vector.size }, (_, index) =>
  leafHash(Buffer.from(`entry ${index}`)),
);
const tree = TileTree.resume(0, () => Buffer.of());
tree.append(leaves);
const tiles = new Map<string, Tile>(
  tree.take().map((tile) => [tilePath(tile.level, tile.index, tile.width), tile]),
);
const read: ReadNode = (level, index) =>
  completeRoot(Buffer.concat(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)));
const rootAt = (size: number): Uint8Array => rootOf(size, read);
const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");
const hex = (hash: Uint8Array): string => Buffer.from(hash).toString("hex");

test("roots of Merkle trees are those that another implementation computes", () => {
  for (const { size, root } of vector.roots) assert.equal(hex(rootAt(size)), root, `size ${size}`);
  assert.equal(hex(tree.root()), vector.roots.at(-1)?.root);
});

test("inclusion proofs are made as by another implementation, and hold", () => {
  for (const { index, size, proof } of vector.inclusion) {
    assert.deepEqual(inclusionProof(index, size, read).map(hex), proof);
    const leaf = leaves[index] ?? Buffer.of();
    assert.ok(verifyInclusion(leaf, index, size, proof.map(bytes), rootAt(size)));
  }
});

test("consistency proofs are made as by another implementation, and hold", () => {
  for (const { oldSize, newSize, proof } of vector.consistency) {
    assert.deepEqual(consistencyProof(oldSize, newSize, read).map(hex), proof);
    const roots = [rootAt(oldSize), rootAt(newSize)] as const;
    assert.ok(verifyConsistency(oldSize, roots[0], newSize, roots[1], proof.map(bytes)));
  }
});

test("tiles have the bytes that another implementation gives them", () => {
  for (const { level, index, width, sha256 } of vector.tiles) {
    const tile = tiles.get(tilePath(level, index, width));
    assert.ok(tile !== undefined, `tile ${index} of level ${level}`);
    assert.equal(createHash("sha256").update(tile.bytes).digest("hex"), sha256);
  }
  const expected = Math.floor(vector.size / tileWidth) + 1 + 2 + 1;
  assert.equal(tiles.size, expected, "no other tiles");
});

test("tiles and bundles have the names that C2SP's format gives them", () => {
  for (const { level, index, width, path } of vector.paths)
    assert.equal(tilePath(level, index, width), path);
});

/** The PKCS#8 of an Ed25519 key begins so (RFC 8410). */
const pkcs8 = (seed: string): Buffer => bytes(`302e020100300506032b657004220420${seed}`);
const publicKeyOf = (key: string): Buffer => {
  const typed = Buffer.from(key.split("+").slice(2).join("+"), "base64");
  return decodeEd25519Key(typed.subarray(1)) ?? Buffer.of();
};

test("notes are signed byte for byte as by another implementation, and open", () => {
  const { seed, name, verifierKey, text, signed } = vector.note;
  const publicKey = publicKeyOf(verifierKey);
  assert.equal(formatVerifierKey(name, publicKey), verifierKey);
  assert.equal(signNote(text, name, pkcs8(seed), publicKey), signed);
  const key = parseVerifierKey(verifierKey);
  assert.ok(key !== undefined);
  assert.equal(openNote(Buffer.from(signed), [key])?.text, text);
});

test("cosignatures are made byte for byte as C2SP's format says, and hold", () => {
  const { seed, name, verifierKey, time, line } = vector.cosignature;
  const { text, signed } = vector.note;
  const publicKey = publicKeyOf(verifierKey);
  assert.equal(formatVerifierKey(name, publicKey, "cosignature"), verifierKey);
  assert.equal(cosignNote(text, name, time, pkcs8(seed), publicKey), line);
  const key = parseVerifierKey(verifierKey);
  assert.ok(key !== undefined);
  assert.deepEqual(openNote(signed + line, [key])?.signedBy, [{ key, time }]);
});
