import * as assert from "node:assert/strict";
import { test } from "node:test";
import { IntegrityError } from "../base/errors.ts";
import type { ReadTile } from "./tile-tree.ts";
import { completeRoot, TileTree } from "./tile-tree.ts";
import { decodeBundle, encodeBundle, longestEntry, tilePath } from "./tiles.ts";
import { leafHash, rootOf } from "./tree.ts";

const none: ReadTile = () => assert.fail("nothing was written");
const leaves = Array.from({ length: 66_000 }, (_, index) => leafHash(Buffer.from(`${index}`)));
const rootAt = (size: number): Uint8Array =>
  rootOf(size, (level, index) =>
    completeRoot(Buffer.concat(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level))),
  );

/** Takes a tree's tiles as a log would: what became full replaces the partial ones. */
function store(files: Map<string, Buffer>, tree: TileTree): readonly string[] {
  const names = tree.take().map(({ level, index, width, bytes }) => {
    const name = tilePath(level, index, width);
    files.set(name, bytes);
    return name;
  });
  return names;
}

test("a tree has the root of its leaves after every append", () => {
  const tree = TileTree.resume(0, none);
  assert.deepEqual(tree.root(), Buffer.from(rootAt(0)));
  for (const size of [1, 2, 3, 255, 256, 257, 511, 513, 65_535, 65_536, 65_537, 66_000]) {
    tree.append(leaves.slice(tree.size, size));
    assert.equal(tree.size, size);
    assert.deepEqual(tree.root(), Buffer.from(rootAt(size)), `size ${size}`);
  }
});

test("each tile that changed is taken once, full or as the partial one of its level", () => {
  const tree = TileTree.resume(0, none);
  const files = new Map<string, Buffer>();
  assert.deepEqual(store(files, tree), []);
  tree.append(leaves.slice(0, 255));
  assert.deepEqual(store(files, tree), ["tile/0/000.p/255"]);
  assert.deepEqual(store(files, tree), []);
  tree.append(leaves.slice(255, 256));
  assert.deepEqual(store(files, tree), ["tile/0/000", "tile/1/000.p/1"]);
  tree.append(leaves.slice(256, 257));
  assert.deepEqual(store(files, tree), ["tile/0/001.p/1"]);
  tree.append(leaves.slice(257, 800));
  assert.deepEqual(store(files, tree), [
    "tile/0/001",
    "tile/0/002",
    "tile/0/003.p/32",
    "tile/1/000.p/3",
  ]);
});

test("a tree that is resumed from its tiles goes on as one that was never put down", () => {
  const whole = TileTree.resume(0, none);
  const files = new Map<string, Buffer>();
  let tree = TileTree.resume(0, none);
  for (const size of [1, 255, 256, 257, 65_535, 65_536, 65_792, 66_000]) {
    tree.append(leaves.slice(tree.size, size));
    whole.append(leaves.slice(whole.size, size));
    store(files, tree);
    tree = TileTree.resume(size, (level, index, width) => {
      const tile = files.get(tilePath(level, index, width));
      assert.ok(tile !== undefined, tilePath(level, index, width));
      return tile;
    });
    assert.deepEqual(tree.take(), [], "nothing has changed");
    assert.deepEqual(tree.root(), whole.root(), `size ${size}`);
  }
});

test("a tile of another width is not gone on with", () => {
  assert.throws(() => TileTree.resume(5, () => Buffer.alloc(4 * 32)), IntegrityError);
});

test("what was taken does not change when the tree grows", () => {
  const tree = TileTree.resume(0, none);
  tree.append(leaves.slice(0, 3));
  const [tile] = tree.take();
  const before = Buffer.from(tile?.bytes ?? []);
  tree.append(leaves.slice(3, 300));
  assert.deepEqual(tile?.bytes, before);
});

test("a bundle gives back its entries, and only whole ones", () => {
  const entries = [Buffer.from("one"), Buffer.alloc(0), Buffer.alloc(longestEntry, 7)];
  const bundle = encodeBundle(entries);
  assert.deepEqual(decodeBundle(bundle), entries);
  assert.deepEqual(decodeBundle(Buffer.of()), []);
  assert.equal(bundle.subarray(0, 5).toString("hex"), "00036f6e65");
  for (const cut of [1, 4, 6, bundle.length - 1])
    assert.equal(decodeBundle(bundle.subarray(0, cut)), undefined);
  assert.throws(() => encodeBundle([Buffer.alloc(longestEntry + 1)]), RangeError);
});
