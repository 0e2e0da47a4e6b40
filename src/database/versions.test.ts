import * as assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import * as fc from "fast-check";
import { failing, withDisk } from "../../test/support/disk.ts";
import {
  changing,
  commit,
  insert,
  key,
  newStorage,
  open,
  recorded,
  relying,
  update,
} from "../../test/support/storage.ts";
import { SetDigest } from "../crypto/set-digest.ts";
import { openEmbedded, StorageDamage } from "./embedded.ts";
import type { WriterOptions } from "./embedded-writer.ts";
import { EmbeddedWriter } from "./embedded-writer.ts";
import { Journal } from "./journal.ts";

/** Opened as a database is that is too large to be compared before the first call. */
const openLarge = (options: WriterOptions): EmbeddedWriter =>
  EmbeddedWriter.open({ ...options, checkedFirst: 0, knownVersions: 2, now: () => new Date(0) });

function edit({ databasePath }: WriterOptions, statements: string): void {
  using database = new DatabaseSync(databasePath);
  database.exec(statements);
}

/** A database with a key of version 2 beside some others, whose server has ended. */
async function stopped(t: Parameters<typeof newStorage>[0]): Promise<WriterOptions> {
  const storage = await newStorage(t);
  const writer = open(storage);
  commit(writer, changing("create", [insert("key")], [key(1)]));
  commit(writer, changing("disable", [update("key", 2)], [key(2)], [key(1)]));
  commit(
    writer,
    changing(
      "others",
      [],
      [1, 2, 3].map((each) => other(each)),
    ),
  );
  writer.close();
  return storage;
}

const other = (each: number, version = 1) => ({ aggregate: `other/${each}`, version });
const refused = /rows were put back from an older copy/;

test("an older version that was put back is not believed before the database is compared, and then it is found", async (t) => {
  const storage = await stopped(t);
  edit(storage, "UPDATE versions SET version = 1 WHERE aggregate = 'key/1'");
  const writer = openLarge(storage);
  const late = changing("late", [update("key", 9)], [key(2)], [key(1)]);
  assert.deepEqual(commit(writer, relying("old", key(1)), late, relying("new", key(2))), [
    "stale: key/1",
    "stale: key/1",
    "done",
  ]);
  assert.throws(() => writer.check(1_000), refused);
  writer.close();
  assert.throws(() => open(storage), refused);
});

test("an aggregate that was removed is missed although nobody asks for it", async (t) => {
  const storage = await stopped(t);
  edit(storage, "DELETE FROM versions WHERE aggregate = 'other/2'");
  const writer = openLarge(storage);
  assert.deepEqual(commit(writer, relying("as if there were none", other(2, 0))), [
    "stale: other/2",
  ]);
  assert.throws(() => writer.check(1_000), refused);
  writer.close();
  assert.throws(() => open(storage), refused);
});

test("an aggregate that was removed by the service and put back is not believed, and found", async (t) => {
  const storage = await stopped(t);
  const first = open(storage);
  commit(first, changing("remove", [], [other(2, 0)]));
  edit(storage, "DELETE FROM versions WHERE aggregate = 'other/2'");
  first.close();
  open(storage).close();
  edit(storage, "INSERT INTO versions (aggregate, version) VALUES ('other/2', 1)");
  const writer = openLarge(storage);
  assert.deepEqual(commit(writer, relying("revived", other(2))), ["stale: other/2"]);
  assert.throws(() => writer.check(1_000), refused);
});

test("a bucket that was changed to fit an older row ends the writer when it is relied on", async (t) => {
  const storage = await stopped(t);
  for (const table of ["versions", "aggregate_versions"])
    edit(storage, `UPDATE ${table} SET version = 1 WHERE aggregate = 'key/1'`);
  const writer = openLarge(storage);
  assert.deepEqual(commit(writer, relying("of another bucket", other(1))), ["done"]);
  assert.throws(() => commit(writer, relying("old", key(1))), refused);
  writer.close();
  assert.throws(() => openLarge(storage).check(1_000), refused);
});

test("a bucket that was emptied, moved or given another salt is not the tree's", async (t) => {
  const edits = [
    "DELETE FROM aggregate_versions WHERE aggregate = 'key/1'",
    "UPDATE aggregate_versions SET bucket = (bucket + 1) % 65536 WHERE aggregate = 'key/1'",
    "INSERT INTO aggregate_versions SELECT bucket, 'key/2', 1 FROM aggregate_versions WHERE aggregate = 'key/1'",
  ];
  for (const each of edits) {
    const storage = await stopped(t);
    edit(storage, each);
    const writer = openLarge(storage);
    assert.throws(() => commit(writer, relying("old", key(2))), refused, each);
    writer.close();
    assert.throws(() => openLarge(storage).check(1_000), refused, each);
  }
});

test("a tree that was changed is refused before the first call", async (t) => {
  const edits = [
    "UPDATE version_tree SET salt = zeroblob(16)",
    "DELETE FROM version_tree",
    "UPDATE version_buckets SET digest = zeroblob(32)",
    "UPDATE version_buckets SET digest = x'00'",
    "UPDATE version_buckets SET bucket = (bucket + 1) % 65536",
    "DELETE FROM version_buckets",
  ];
  for (const each of edits) {
    const storage = await stopped(t);
    edit(storage, each);
    assert.throws(() => openLarge(storage), refused, each);
  }
});

test("the database is compared as it was at the start, while it changes", async (t) => {
  const storage = await stopped(t);
  const writer = openLarge(storage);
  assert.equal(writer.check(2), false);
  commit(writer, changing("meanwhile", [update("key", 3)], [key(3)], [key(2)]));
  assert.equal(writer.check(2), false);
  commit(writer, changing("removed", [], [other(1, 0)]), changing("new", [], [other(4)]));
  edit(storage, "DELETE FROM versions WHERE aggregate = 'other/1'");
  assert.equal(writer.check(1_000), true);
  writer.close();
  open(storage).close();
});

test("a database of many buckets is compared whole", async (t) => {
  const storage = await newStorage(t);
  const first = open(storage);
  const many = Array.from({ length: 600 }, (_, each) => other(each));
  commit(first, changing("many", [], many));
  first.close();
  const writer = openLarge(storage);
  assert.equal(writer.check(1_199), false);
  assert.equal(writer.check(2), true);
  writer.close();
  edit(storage, "UPDATE versions SET version = 2 WHERE aggregate = 'other/300'");
  assert.throws(() => openLarge(storage).check(10_000), refused);
});

test("whatever came to be, changed and went, in memory or not, the newest versions are the ones that hold after every start", async (t) => {
  const change = fc.record({
    name: fc.constantFrom("a", "b", "c", "d", "é", "\u{1F511}", "ﬀ"),
    version: fc.integer({ min: 0, max: 5 }),
    start: fc.boolean(),
  });
  const run = fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
    const storage = await newStorage(t);
    const newest = new Map<string, number>();
    let writer = openLarge(storage);
    for (const { name, version, start } of changes) {
      const relied = { aggregate: name, version: newest.get(name) ?? 0 };
      const next = { aggregate: name, version };
      assert.deepEqual(commit(writer, changing("change", [], [next], [relied])), ["done"]);
      if (version === 0) edit(storage, `DELETE FROM versions WHERE aggregate = '${name}'`);
      newest.set(name, version);
      if (start) {
        writer.close();
        writer = openLarge(storage);
        assert.equal(writer.check(1_000), true);
      }
    }
    for (const [aggregate, version] of newest) {
      const results = commit(
        writer,
        relying("newest", { aggregate, version }),
        relying("other", { aggregate, version: version + 1 }),
      );
      assert.deepEqual(results, ["done", `stale: ${aggregate}`]);
    }
    writer.close();
    open(storage).close();
  });
  await fc.assert(run, { numRuns: 30 });
});

/** The storage as a version of the service left it that knew no tree: with a sum over all versions in the journal. */
async function beforeTheTree(t: Parameters<typeof newStorage>[0]): Promise<WriterOptions> {
  const storage = await newStorage(t);
  rmSync(storage.journalFolder, { recursive: true });
  edit(
    storage,
    `DELETE FROM version_tree; DELETE FROM version_buckets; DELETE FROM aggregate_versions;
     INSERT INTO versions (aggregate, version) VALUES ('key/1', 2), ('other/1', 1)`,
  );
  const sum = new SetDigest(storage.stateKey);
  for (const each of ["2\nkey/1", "1\nother/1"]) sum.add(each);
  const { journalFolder: folder } = storage;
  const journal = Journal.open({ ...storage, folder, now: () => new Date(0) });
  const records = [Buffer.from("before")];
  journal.reserve(records);
  journal.append(records, sum.digest());
  journal.close();
  return storage;
}

test("a database from before the tree gets one at its first start, and goes on from there", async (t) => {
  const storage = await beforeTheTree(t);
  const writer = openLarge(storage);
  assert.equal(writer.check(1_000), true);
  assert.deepEqual(commit(writer, relying("old", key(1)), relying("new", key(2))), [
    "stale: key/1",
    "done",
  ]);
  commit(writer, changing("change", [], [key(3)], [key(2)]));
  writer.close();
  open(storage).close();
  assert.deepEqual(recorded(storage), ["before", "new", "change"]);
});

test("a database from before the tree gets none when rows were put back before", async (t) => {
  const storage = await beforeTheTree(t);
  edit(storage, "UPDATE versions SET version = 1 WHERE aggregate = 'key/1'");
  assert.throws(() => open(storage), refused);
});

test("a crash between the tree and its journal is completed at the next start, once", async (t) => {
  const storage = await beforeTheTree(t);
  withDisk("fdatasyncSync", failing("EIO"), () => assert.throws(() => open(storage), /EIO/));
  for (let start = 0; start < 2; start++) open(storage).close();
  assert.deepEqual(recorded(storage), ["before"]);
  edit(storage, "UPDATE versions SET version = 1 WHERE aggregate = 'key/1'");
  assert.throws(() => open(storage), refused);
});

test("an aggregate that was removed is missed by a writer at work, which says that it is damage", async (t) => {
  const storage = await stopped(t);
  edit(storage, "DELETE FROM versions WHERE aggregate = 'other/2'");
  const engine = await openEmbedded({ ...storage, checkedFirst: 0 });
  t.after(() => engine.close());
  const reason = await engine.failed;
  assert.ok(reason instanceof StorageDamage);
  assert.match(reason.message, refused);
});
