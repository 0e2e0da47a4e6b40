import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { TestContext } from "node:test";
import { mock, test } from "node:test";
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
  stored,
  update,
} from "../../test/support/storage.ts";
import type { Commit } from "./commit.ts";
import type { WriterOptions } from "./embedded-writer.ts";
import { sql } from "./sql.ts";

test("a call that relied on an old version is refused, and its record never reaches the journal", async (t) => {
  const storage = await newStorage(t);
  const writer = open(storage);
  assert.deepEqual(commit(writer, changing("create", [insert("key")], [key(1)])), ["done"]);
  assert.deepEqual(commit(writer, relying("decrypt 0", key(0))), ["stale: key/1"]);
  assert.deepEqual(commit(writer, relying("decrypt 1", key(1))), ["done"]);
  const late = changing("late", [update("key", 9)], [key(2)], [key(0)]);
  assert.deepEqual(commit(writer, late), ["stale: key/1"]);
  writer.close();
  assert.deepEqual(recorded(storage), ["create", "decrypt 1"]);
  assert.deepEqual(stored(storage), { key: 1 });
});

test("a Decrypt that relied on version 1 is refused in the batch in which DisableKey makes version 2, wherever it stands", async (t) => {
  const storage = await newStorage(t);
  const writer = open(storage);
  commit(writer, changing("create", [insert("key")], [key(1)]));
  const results = commit(
    writer,
    relying("decrypt before", key(1)),
    changing("disable", [update("key", 2)], [key(2)], [key(1)]),
    relying("decrypt after", key(1)),
    relying("decrypt another", { aggregate: "key/2", version: 0 }),
  );
  assert.deepEqual(results, ["stale: key/1", "done", "stale: key/1", "done"]);
  writer.close();
  assert.deepEqual(recorded(storage), ["create", "disable", "decrypt another"]);
});

test("of two changes of one version in a batch, the first is done and the second refused", async (t) => {
  const storage = await newStorage(t);
  const writer = open(storage);
  commit(writer, changing("create", [insert("key")], [key(1)]));
  const results = commit(
    writer,
    changing("first", [update("key", 2)], [key(2)], [key(1)]),
    changing("second", [update("key", 3)], [key(2)], [key(1)]),
    changing("third", [update("key", 4)], [key(3)], [key(2)]),
  );
  assert.deepEqual(results, ["done", "stale: key/1", "done"]);
  writer.close();
  assert.deepEqual(recorded(storage), ["create", "first", "third"]);
  assert.deepEqual(stored(storage), { key: 4 });
});

test("a conflict in the middle of a batch undoes the writes of its own call and of no other", async (t) => {
  const storage = await newStorage(t);
  const writer = open(storage);
  const results = commit(
    writer,
    changing("a", [insert("a")], [{ aggregate: "a", version: 1 }]),
    changing("twice", [insert("b"), insert("a")], [{ aggregate: "b", version: 1 }]),
    changing("missing", [insert("c"), update("absent", 1)], [{ aggregate: "c", version: 1 }]),
    changing("d", [insert("d")], [{ aggregate: "d", version: 1 }]),
    relying("relies on b", { aggregate: "b", version: 0 }),
  );
  assert.deepEqual(results, ["done", "stale: b", "stale: c", "done", "done"]);
  writer.close();
  assert.deepEqual(stored(storage), { a: 1, d: 1 });
  assert.deepEqual(recorded(storage), ["a", "d", "relies on b"]);
});

test("after a restart the versions that were stored are the newest ones, and no others", async (t) => {
  const storage = await newStorage(t);
  const first = open(storage);
  commit(first, changing("create", [insert("key")], [key(41)]));
  first.close();
  const writer = open(storage);
  assert.deepEqual(commit(writer, relying("old", key(40)), relying("new", key(41))), [
    "stale: key/1",
    "done",
  ]);
  assert.deepEqual(commit(writer, relying("unknown", { aggregate: "key/2", version: 1 })), [
    "stale: key/2",
  ]);
});

test("a database in which an older version was put back does not open", async (t) => {
  const storage = await newStorage(t);
  const first = open(storage);
  commit(first, changing("create", [insert("key")], [key(1)]));
  commit(first, changing("disable", [update("key", 2)], [key(2)], [key(1)]));
  first.close();
  {
    using database = new DatabaseSync(storage.databasePath);
    database.exec("UPDATE versions SET version = 1; UPDATE things SET value = 1");
  }
  assert.throws(() => open(storage), /rows were put back from an older copy/);
});

test("the state digest is found in the newest segment, however long ago the last change was", async (t) => {
  const storage = await newStorage(t);
  const first = open(storage);
  commit(first, changing("create", [insert("key")], [key(1)]));
  for (let each = 0; each < 5; each++) commit(first, relying("x".repeat(6_000)));
  first.close();
  open(storage).close();
  {
    using database = new DatabaseSync(storage.databasePath);
    database.exec("DELETE FROM versions");
  }
  assert.throws(() => open(storage), /rows were put back/);
});

test("every call of a batch that finds no room fails, nothing of it happens, and the next one is done", async (t) => {
  const storage = await newStorage(t);
  const writer = open(storage);
  writer.sign();
  const large = "x".repeat(10_000);
  withDisk("writeSync", failing("ENOSPC"), () => {
    const batch = [changing("change", [insert("a")], [key(1)]), relying(large)];
    assert.deepEqual(commit(writer, ...batch), ["failed", "failed"]);
    writer.sign();
  });
  assert.deepEqual(stored(storage), {});
  assert.deepEqual(commit(writer, relying("relies", key(0)), relying(large)), ["done", "done"]);
  writer.close();
  assert.deepEqual(recorded(storage), ["relies", large]);
});

test("a full database refuses changes only, and is over when there is room", async (t) => {
  const storage = await newStorage(t);
  const writer = open(storage);
  const full = failCommit(13);
  assert.deepEqual(commit(writer, changing("a", [insert("a")], [key(1)]), relying("b", key(0))), [
    "failed",
    "done",
  ]);
  full.mock.restore();
  assert.deepEqual(commit(writer, changing("c", [insert("a")], [key(1)], [key(0)])), ["done"]);
  writer.close();
  assert.deepEqual(stored(storage), { a: 1 });
  assert.deepEqual(recorded(storage), ["b", "c"]);
});

test("any other failure of the database ends the writer, and a restart finds what was acknowledged", async (t) => {
  const storage = await newStorage(t);
  const writer = open(storage);
  commit(writer, changing("a", [insert("a")], [key(1)]));
  const broken = failCommit(10);
  assert.throws(() => commit(writer, changing("b", [insert("b")], [key(2)])), /injected/);
  broken.mock.restore();
  open(storage).close();
  assert.deepEqual(stored(storage), { a: 1 });
  assert.deepEqual(recorded(storage), ["a"]);
});

test("a commit that is durable though it failed is recorded at the restart, because the writer refuses what comes after it", async (t) => {
  const storage = await newStorage(t);
  const writer = open(storage);
  commit(writer, changing("a", [insert("a")], [key(1)]));
  const broken = failCommit(1_034, "done");
  assert.throws(() => commit(writer, changing("b", [insert("b")], [key(2)])), /injected/);
  broken.mock.restore();
  for (const next of [changing("c", [insert("c")], [key(3)]), relying("d")])
    assert.throws(() => commit(writer, next), /not used again/);
  assert.throws(() => writer.sign(), /not used again/);
  writer.close();
  open(storage).close();
  assert.deepEqual(stored(storage), { a: 1, b: 1 });
  assert.deepEqual(recorded(storage), ["a", "b"]);
});

/** Makes SQLite's COMMIT fail with a code, having done nothing or all. */
function failCommit(errcode: number, what: "done" | "failed" = "failed") {
  const real = DatabaseSync.prototype.exec;
  return mock.method(DatabaseSync.prototype, "exec", function (this: DatabaseSync, text: string) {
    if (text !== "COMMIT" || what === "done") Reflect.apply(real, this, [text]);
    if (text === "COMMIT") throw Object.assign(new Error("injected"), { errcode });
  });
}

test("destroyed secrets leave SQLite's files once no reader is in the way", async (t) => {
  const storage = await newStorage(t);
  const secret = "a secret that has to go";
  const writer = open(storage);
  commit(writer, changing("create", [insert(secret)], [key(1)]));
  const reader = new DatabaseSync(storage.databasePath, { readOnly: true });
  reader.exec("BEGIN");
  reader.prepare("SELECT * FROM things").all();
  assert.ok(holds(storage, secret));
  const remove = { statement: sql`DELETE FROM things`, rows: 1 };
  const change = { writes: [remove], versions: [key(2)], erases: true };
  const patience = patienceOfCheckpoints(t);
  assert.deepEqual(commit(writer, { relied: [], change, records: ["destroy"] }), ["done"]);
  assert.deepEqual(patience, [0], "a reader must not hold the writer up");
  reader.exec("COMMIT");
  reader.close();
  writer.sign();
  assert.ok(!holds(storage, secret));
});

/** The milliseconds for which each checkpoint of SQLite may wait for readers, as they are made. */
function patienceOfCheckpoints(t: TestContext): readonly unknown[] {
  const patience: unknown[] = [];
  const real = DatabaseSync.prototype.prepare;
  t.mock.method(DatabaseSync.prototype, "prepare", function (this: DatabaseSync, text: string) {
    if (text.includes("wal_checkpoint"))
      patience.push(Reflect.apply(real, this, ["PRAGMA busy_timeout"]).get()?.["timeout"]);
    return Reflect.apply(real, this, [text]);
  });
  return patience;
}

function holds({ databasePath }: WriterOptions, text: string): boolean {
  return ["", "-wal"].some((suffix) => readFileSync(databasePath + suffix).includes(text));
}

const otherKey = Buffer.alloc(32, 2);
const rekeying = (record: string): Commit => ({
  relied: [],
  change: { writes: [insert("rekeyed")], versions: [] },
  records: [record],
});

test("a change of the state key is in force at once, and the journal goes on from it", async (t) => {
  const storage = await newStorage(t);
  const writer = open(storage);
  commit(writer, changing("create", [insert("key")], [key(1)]));
  writer.rekey(rekeying("rekey"), otherKey);
  assert.deepEqual(commit(writer, changing("late", [update("key", 9)], [key(2)], [key(0)])), [
    "stale: key/1",
  ]);
  commit(writer, changing("change", [update("key", 2)], [key(2)], [key(1)]));
  writer.close();
  assert.throws(() => open(storage), /not the one that the audit journal speaks of/);
  open({ ...storage, stateKey: otherKey }).close();
  assert.deepEqual(recorded(storage), ["create", "rekey", "change"]);
});

test("a crash between the change of the state key and its journal is completed at the next start, once", async (t) => {
  const storage = await newStorage(t);
  const writer = open(storage);
  commit(writer, changing("create", [insert("key")], [key(1)]));
  withDisk("writeSync", failing("EIO"), () =>
    assert.throws(() => writer.rekey(rekeying("rekey"), otherKey), /EIO/),
  );
  assert.deepEqual(stored(storage), { key: 1, rekeyed: 1 });
  for (let start = 0; start < 2; start++) open({ ...storage, stateKey: otherKey }).close();
  assert.deepEqual(recorded(storage), ["create", "rekey"]);
  assert.throws(() => open(storage), /not the one that the audit journal speaks of/);
});

test("a change of the state key for which there is no room changes nothing", async (t) => {
  const storage = await newStorage(t);
  const writer = open(storage);
  const long = "x".repeat(10_000);
  withDisk("writeSync", failing("ENOSPC"), () =>
    assert.throws(() => writer.rekey(rekeying(long), otherKey), /full/),
  );
  writer.close();
  open(storage).close();
  assert.deepEqual(stored(storage), {});
});
