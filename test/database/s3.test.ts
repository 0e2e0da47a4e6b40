import * as assert from "node:assert/strict";
import { IntegrityError } from "../../src/base/errors.ts";
import { WriteConflict } from "../../src/database/commit.ts";
import type { Database } from "../../src/database/database.ts";
import { Domains } from "../../src/database/domains.ts";
import { migrate } from "../../src/database/migrate.ts";
import { sql } from "../../src/database/sql.ts";
import { databaseMigrations } from "../../src/database/tables.ts";
import { RootKey } from "../../src/keystore/root.ts";
import type { Bucket } from "../../src/services/s3/model/bucket.ts";
import type { StoredObject } from "../../src/services/s3/model/object.ts";
import {
  BucketTables,
  deleteBucket,
  ownerOf,
  replaceBucket,
} from "../../src/services/s3/tables/buckets.ts";
import { deleteObject, ObjectTables, storeObject } from "../../src/services/s3/tables/objects.ts";
import { oweRemoval, RemovalTables } from "../../src/services/s3/tables/removals.ts";
import { s3Migrations, s3Versions } from "../../src/services/s3/tables/schema.ts";
import { onEveryEngine } from "../support/engines.ts";

const root = RootKey.generate();
const at = new Date(1_700_000_000_123);
const bucket: Bucket = {
  name: "bucket",
  account: "111122223333",
  region: "eu-west-1",
  createdAt: at,
  policy: '{"é":1}',
  version: 7,
};
const object: StoredObject = {
  bucket: "bucket",
  key: "logs/é 1",
  size: 12,
  etag: "abc",
  modifiedAt: at,
  headers: { ContentType: "text/plain" },
  metadata: { signature: "x" },
  encryption: { kind: "AES256", wrappedKey: Buffer.from("wrapped") },
  fileId: "00000000-0000-4000-8000-000000000001",
  elsewhere: false,
  version: 3,
};
const underKms: StoredObject = {
  ...object,
  key: "kms",
  encryption: {
    kind: "aws:kms",
    keyId: "arn:aws:kms:eu-west-1:111122223333:key/1",
    wrappedKey: Buffer.from("blob"),
    context: { a: "b" },
  },
};
const unencrypted: StoredObject = {
  ...object,
  key: "plain",
  encryption: { kind: "none", pieceHashes: Buffer.from("hashes") },
  fileId: "00000000-0000-4000-8000-000000000002",
  elsewhere: true,
};

async function newStore(database: Database) {
  await migrate(database, [...databaseMigrations, ...s3Migrations]);
  const buckets = new BucketTables(database, new Domains(root, database));
  const objects = new ObjectTables(database);
  await database.apply((await buckets.insert(bucket)).writes);
  const found = await buckets.find("bucket");
  assert.ok(found);
  return { buckets, objects, ...found };
}

onEveryEngine("buckets and objects are found as they were stored", async (database) => {
  const { buckets, objects, bucket: found, domain } = await newStore(database);
  assert.deepEqual(found, bucket);
  assert.deepEqual(await buckets.list(bucket.account, "", 10), [bucket]);
  assert.deepEqual(await buckets.list("444455556666", "", 10), []);
  assert.equal(await buckets.find("nosuch"), undefined);
  for (const each of [object, underKms, unencrypted]) {
    await database.apply(storeObject(each, undefined, domain).writes);
    const stored = await objects.find("bucket", each.key, domain);
    assert.deepEqual(JSON.stringify(stored), JSON.stringify(plain(each)));
  }
  assert.equal(await objects.usesFile(object.fileId), true);
  assert.equal(await objects.usesFile("nosuch"), false);
});

const bytesOf = (bytes: Uint8Array) => Uint8Array.from(bytes);

/** With its bytes in the type that databases give. */
function plain(each: StoredObject): StoredObject {
  const { encryption } = each;
  if (encryption.kind === "none")
    return { ...each, encryption: { kind: "none", pieceHashes: bytesOf(encryption.pieceHashes) } };
  return { ...each, encryption: { ...encryption, wrappedKey: bytesOf(encryption.wrappedKey) } };
}

onEveryEngine("a name has one bucket, a key one object", async (database) => {
  const { buckets, domain } = await newStore(database);
  const other = { ...bucket, account: "444455556666" };
  await assert.rejects(database.apply((await buckets.insert(other)).writes), WriteConflict);
  const { writes } = storeObject(object, undefined, domain);
  await database.apply(writes);
  await assert.rejects(database.apply(writes), WriteConflict);
});

onEveryEngine("a bucket that holds an object is not deleted", async (database) => {
  const { domain, buckets } = await newStore(database);
  await database.apply(storeObject(object, undefined, domain).writes);
  await assert.rejects(database.apply(deleteBucket(bucket).writes), WriteConflict);
  await database.apply(deleteObject(object).writes);
  await database.apply(deleteBucket(bucket).writes);
  assert.equal(await buckets.find("bucket"), undefined);
});

onEveryEngine("objects are listed by the bytes of their keys", async (database) => {
  const { objects, domain } = await newStore(database);
  const keys = ["b", "a", "é", "Z", "a/", "a b", "😀", "\uffee"];
  for (const key of keys)
    await database.apply(storeObject({ ...object, key }, undefined, domain).writes);
  const sorted = keys.toSorted((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
  const keysFrom = async (key: string, inclusive: boolean) =>
    (await objects.list("bucket", { key, inclusive }, 100, domain)).map((each) => each.key);
  assert.deepEqual(await keysFrom("", true), sorted);
  assert.deepEqual(await keysFrom("a", false), sorted.slice(sorted.indexOf("a") + 1));
  assert.deepEqual(await keysFrom("é", true), sorted.slice(sorted.indexOf("é")));
});

onEveryEngine("no row that was changed is believed", async (database) => {
  const { buckets, objects, domain } = await newStore(database);
  await database.apply(storeObject(object, undefined, domain).writes);
  const change = (statement: ReturnType<typeof sql>) => database.apply([{ statement, rows: 1 }]);
  await change(sql`UPDATE s3_objects SET size = 13`);
  await assert.rejects(objects.find("bucket", object.key, domain), IntegrityError);
  await change(sql`UPDATE s3_objects SET size = 12, object_key = 'moved'`);
  await assert.rejects(objects.find("bucket", "moved", domain), IntegrityError);
  await change(sql`UPDATE s3_buckets SET policy = NULL`);
  await assert.rejects(buckets.find("bucket"), IntegrityError);
});

onEveryEngine(
  "what of an object is kept elsewhere is sealed like the rest of it",
  async (database) => {
    const { objects, domain } = await newStore(database);
    await database.apply(storeObject(unencrypted, undefined, domain).writes);
    for (const statement of [
      sql`UPDATE s3_objects SET elsewhere = NULL`,
      sql`UPDATE s3_objects SET elsewhere = 1, piece_hashes = NULL`,
      sql`UPDATE s3_objects SET piece_hashes = ${Buffer.from("others")}`,
    ]) {
      await database.apply([{ statement, rows: 1 }]);
      await assert.rejects(objects.find("bucket", unencrypted.key, domain), IntegrityError);
    }
  },
);

onEveryEngine("what is to be removed is listed until it is done, and sealed", async (database) => {
  const { domain } = await newStore(database);
  const removals = new RemovalTables(database, new Domains(root, database));
  const further = { ...unencrypted, key: "z", fileId: "00000000-0000-4000-8000-000000000003" };
  for (const each of [unencrypted, further])
    await database.apply(oweRemoval(each, bucket, domain).writes);
  const [first, second] = await removals.list("", 10);
  assert.deepEqual([first?.key, second?.key], [unencrypted.key, further.key]);
  assert.equal((await removals.list(unencrypted.fileId, 10)).length, 1);
  await database.apply(first?.done.writes ?? []);
  assert.deepEqual(
    (await removals.list("", 10)).map(({ key }) => key),
    [further.key],
  );
  await database.apply([{ statement: sql`UPDATE s3_removals SET object_key = 'x'`, rows: 1 }]);
  await assert.rejects(removals.list("", 10), IntegrityError);
});

onEveryEngine("who has objects elsewhere is known without opening them", async (database) => {
  const { objects, domain } = await newStore(database);
  await database.apply(storeObject(object, undefined, domain).writes);
  assert.deepEqual(await objects.bucketsElsewhere(), []);
  assert.equal(await objects.usesPlace("bucket", object.key), false);
  await database.apply(storeObject(unencrypted, undefined, domain).writes);
  assert.deepEqual(await objects.bucketsElsewhere(), ["bucket"]);
  assert.equal(await objects.usesPlace("bucket", unencrypted.key), true);
  assert.equal(await ownerOf(database, "bucket"), bucket.account);
  assert.equal(await ownerOf(database, "nosuch"), undefined);
});

onEveryEngine("every bucket and object has its version", async (database) => {
  const { domain } = await newStore(database);
  const next = { ...bucket, policy: "{}" };
  const change = replaceBucket(bucket, next, domain);
  await database.apply(change.writes);
  const put = storeObject(object, undefined, domain);
  await database.apply(put.writes);
  const versions = (await database.read(...s3Versions))
    .flat()
    .map((row) => ({ aggregate: row["aggregate"], version: Number(row["version"]) }));
  assert.deepEqual(versions, [...change.versions, ...put.versions]);
});
