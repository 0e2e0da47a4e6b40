import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { bucketDigest, bucketOf, VersionTree } from "../../src/database/version-tree.ts";

interface Vector {
  readonly salt: string;
  readonly stateKey: string;
  readonly versions: Readonly<Record<string, number>>;
  readonly bucket: {
    readonly number: number;
    readonly versions: Readonly<Record<string, number>>;
    readonly digest: string;
  };
  readonly stateDigest: string;
}

const vector: Vector = JSON.parse(
  readFileSync(new URL("./version-tree-v1.json", import.meta.url), "utf8"),
);
const salt = Buffer.from(vector.salt, "hex");
const versions: readonly (readonly [string, number])[] = [
  ...Object.entries(vector.versions),
  ...Array.from(
    { length: 3_000 },
    (_, index) => [`object/bucket/${String(index).padStart(4, "0")}`, (index % 5) + 1] as const,
  ),
];

test("a bucket has the digest that docs/storage.md says, in whatever order its versions come", () => {
  const { number, digest, versions: within } = vector.bucket;
  const entries = Object.entries(within);
  assert.ok(entries.length > 1);
  for (const [aggregate] of entries) assert.equal(bucketOf(salt, aggregate), number);
  for (const each of [entries, entries.toReversed()])
    assert.equal(bucketDigest(new Map(each)).toString("hex"), digest);
});

test("a tree has the state digest that docs/storage.md says, however it came about", () => {
  const key = Buffer.from(vector.stateKey, "hex");
  const buckets = [...Map.groupBy(versions, ([aggregate]) => bucketOf(salt, aggregate))].map(
    ([bucket, within]) => [bucket, bucketDigest(new Map(within))] as const,
  );
  const read = new VersionTree(salt, buckets);
  assert.equal(read.digest(key).toString("hex"), vector.stateDigest);
  const grown = new VersionTree(salt, []);
  for (let start = 0; start < buckets.length; start += 700)
    grown.with(new Map(buckets.slice(start, start + 700))).settle();
  assert.equal(grown.digest(key).toString("hex"), vector.stateDigest);
});
