import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { S3 } from "@aws-sdk/client-s3";
import { OperatorError } from "../../src/base/errors.ts";
import type { TestServer, TestUser } from "../support/keywright.ts";
import { accessKeys, startKeywright, testSeed } from "../support/keywright.ts";
import { clientSettings } from "../support/sdk.ts";
import type { Elsewhere } from "./elsewhere-support.ts";
import { keptInDirectory } from "./elsewhere-support.ts";
import { deliveryPolicy, putAll } from "./support.ts";

const Bucket = "kept-elsewhere";
const body = randomBytes(150_000);
const account = "111122223333";

describe("a bucket that the operator keeps in a directory", () => {
  let kept: Elsewhere;
  let server: TestServer;
  before(async () => {
    kept = keptInDirectory(Bucket);
    kept.write({});
    server = await startKeywright(testSeed, [["--buckets", kept.file]]);
    await s3().createBucket({ Bucket });
    await s3().putBucketPolicy({ Bucket, Policy: deliveryPolicy(Bucket) });
    await putAll(server, { Bucket, Key: "from before", Body: body });
    kept.write({ [Bucket]: { account, directory: "bucket" } });
    await server.restart();
  });
  after(async () => {
    await server.close();
    kept.remove();
  });

  const s3 = (who: TestUser = "admin") =>
    new S3({ ...clientSettings(server, who), forcePathStyle: true });
  async function read(Key: string, Range?: string): Promise<Buffer> {
    const { Body } = await s3().getObject({ Bucket, Key, Range });
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }
  const put = (Key: string, more: object = {}) =>
    putAll(server, { Bucket, Key, Body: body, ...more });

  test("has its older objects in the data folder still, and new ones there", async () => {
    await put("a/new");
    assert.deepEqual(await read("from before"), body);
    assert.deepEqual(await read("a/new"), body);
    assert.deepEqual(await read("a/new", "bytes=65530-131080"), body.subarray(65_530, 131_081));
    assert.deepEqual(readFileSync(join(kept.directory, "a/new")), body);
    const { Contents = [] } = await s3().listObjectsV2({ Bucket });
    assert.deepEqual(
      Contents.map(({ Key }) => Key),
      ["a/new", "from before"],
    );
    assert.equal(kept.files().includes("from before"), false);
  });

  test("has an older object there as soon as it is put again", async () => {
    await put("again");
    await put("again", { Body: "newer" });
    assert.deepEqual(await read("again"), Buffer.from("newer"));
    await put("from before", { Body: "newer" });
    assert.deepEqual(await read("from before"), Buffer.from("newer"));
    assert.equal(readFileSync(join(kept.directory, "from before"), "utf8"), "newer");
  });

  test("holds an empty object", async () => {
    await put("empty", { Body: "" });
    assert.deepEqual(await read("empty"), Buffer.of());
    writeFileSync(join(kept.directory, "empty"), "x");
    await assert.rejects(read("empty"));
  });

  test("does not say that an object is encrypted which is not", async () => {
    await put("plain");
    const { ServerSideEncryption, ETag } = await s3().headObject({ Bucket, Key: "plain" });
    assert.equal(ServerSideEncryption, undefined);
    assert.match(ETag ?? "", /^"[0-9a-f]{32}"$/);
  });

  test("holds what is to be encrypted in its sealed form", async () => {
    await put("sealed", { ServerSideEncryption: "AES256" });
    const { ServerSideEncryption } = await s3().headObject({ Bucket, Key: "sealed" });
    assert.equal(ServerSideEncryption, "AES256");
    const stored = readFileSync(join(kept.directory, "sealed"));
    assert.equal(stored.includes(body.subarray(0, 16)), false);
    assert.deepEqual(await read("sealed"), body);
    stored[100] = (stored[100] ?? 0) ^ 1;
    writeFileSync(join(kept.directory, "sealed"), stored);
    await assert.rejects(read("sealed"));
    assert.deepEqual(await read("sealed", "bytes=65536-"), body.subarray(65_536));
  });

  test("is described while the directory is away, and read when it is back", async () => {
    await put("away");
    renameSync(kept.directory, `${kept.directory}-away`);
    assert.equal((await s3().headObject({ Bucket, Key: "away" })).ContentLength, body.length);
    await assert.rejects(read("away"));
    renameSync(`${kept.directory}-away`, kept.directory);
    assert.deepEqual(await read("away"), body);
  });

  test("loses the files of objects that are deleted, and no others", async () => {
    await put("x/deleted");
    await put("x/kept");
    writeFileSync(join(kept.directory, "x/others"), "not ours");
    await s3().deleteObject({ Bucket, Key: "x/deleted" });
    await assert.rejects(read("x/deleted"), { name: "NoSuchKey" });
    await server.sweep();
    const files = kept.files().filter((file) => file.startsWith("x/"));
    assert.deepEqual(files, ["x/kept", "x/others"]);
  });

  test("keeps the file of an object that came behind a deleted one", async () => {
    await put("returning");
    renameSync(kept.directory, `${kept.directory}-away`);
    await s3().deleteObject({ Bucket, Key: "returning" });
    await server.sweep();
    renameSync(`${kept.directory}-away`, kept.directory);
    await put("returning", { Body: "second" });
    await server.sweep();
    assert.deepEqual(await read("returning"), Buffer.from("second"));
    await s3().deleteObject({ Bucket, Key: "returning" });
    await server.sweep();
    assert.equal(kept.files().includes("returning"), false);
  });

  test("refuses a key that no directory can hold, and stores no row of it", async () => {
    await assert.rejects(put("../outside"), { name: "InvalidArgument" });
    await assert.rejects(s3().headObject({ Bucket, Key: "../outside" }), { name: "NotFound" });
  });

  test("cannot be had by another account", async () => {
    await s3().createBucket({ Bucket: "free-name" });
    await s3().deleteBucket({ Bucket: "free-name" });
    kept.write({
      [Bucket]: { account, directory: "bucket" },
      "free-name": { account, endpoint: "http://127.0.0.1:9", credentials: credentials(0o600) },
    });
    await server.restart();
    await assert.rejects(s3("other").createBucket({ Bucket: "free-name" }), {
      name: "BucketAlreadyExists",
    });
    await s3().createBucket({ Bucket: "free-name" });
  });

  function credentials(mode: number, content: object = known): string {
    const file = join(kept.folder, `credentials-${mode}-${Object.keys(content).length}`);
    writeFileSync(file, JSON.stringify(content), { mode });
    return file;
  }
  const known = {
    accessKeyId: accessKeys.admin.accessKeyId,
    secretAccessKey: accessKeys.admin.secretAccessKey,
  };

  const remote = { account, endpoint: "https://s3.example.com", credentials: "none" };
  const own = { [Bucket]: { account, directory: "bucket" } };
  const refusals: readonly (readonly [string, () => object, RegExp])[] = [
    [
      "a directory that is not there",
      () => with_("b-1", "nosuch"),
      /nosuch cannot be written \(ENOENT\): make the directory/,
    ],
    ["a file for a directory", () => with_("b-1", "buckets.json"), /buckets\.json is no directory/],
    [
      "one directory for two buckets",
      () => with_("b-1", "bucket"),
      /kept-elsewhere and b-1 must be kept in directories apart/,
    ],
    ["a directory within another", () => with_("b-1", "."), /apart from each other/],
    [
      "a directory within the data folder",
      () => with_("b-1", join(server.folder, "objects")),
      /the data folder and b-1 must be kept/,
    ],
    [
      "a bucket of another account",
      () => ({ [Bucket]: { account: "444455556666", directory: "bucket" } }),
      /belongs to account 111122223333, not to 444455556666/,
    ],
    [
      "nothing of a bucket that has objects elsewhere",
      () => ({}),
      /does not say where the bucket kept-elsewhere is kept.*name its place again/,
    ],
    [
      "a name that is no bucket's",
      () => ({ ...own, Audit: remote }),
      /:\d+: `Audit` is no name that S3 allows/,
    ],
    [
      "a bucket without an account",
      () => ({ ...own, "b-1": { directory: "x" } }),
      /:\d+: `account` is missing from `b-1`/,
    ],
    [
      "neither directory nor store",
      () => ({ ...own, "b-1": { account } }),
      /`b-1` must have `directory` or `endpoint`/,
    ],
    [
      "both a directory and a store",
      () => ({ ...own, "b-1": { ...remote, directory: "x" } }),
      /not both/,
    ],
    [
      "a store without credentials",
      () => ({ ...own, "b-1": { account, endpoint: remote.endpoint } }),
      /needs `endpoint` and `credentials`/,
    ],
    [
      "a store that is reached in the clear",
      () => ({ ...own, "b-1": { ...remote, endpoint: "http://s3.example.com" } }),
      /`endpoint` must be an https URL without a path/,
    ],
    [
      "a store with a path",
      () => ({ ...own, "b-1": { ...remote, endpoint: "https://s3.example.com/x" } }),
      /`endpoint` must be/,
    ],
    ["credentials that are not there", () => ({ ...own, "b-1": remote }), /cannot read .*none/],
    [
      "credentials that others can read",
      () => ({ ...own, "b-1": { ...remote, credentials: credentials(0o640) } }),
      /is open to other users: run `chmod 600/,
    ],
    [
      "credentials that lack the secret",
      () => ({
        ...own,
        "b-1": { ...remote, credentials: credentials(0o600, { accessKeyId: "AKIA" }) },
      }),
      /`secretAccessKey` is missing/,
    ],
    [
      "an authority that is not there",
      () => ({ ...own, "b-1": { ...remote, credentials: credentials(0o600), ca: "nosuch.pem" } }),
      /cannot read .*nosuch\.pem/,
    ],
  ];
  const with_ = (name: string, directory: string) => ({ ...own, [name]: { account, directory } });

  for (const [what, buckets, message] of refusals)
    test(`the server does not start with ${what}`, async () => {
      kept.write(buckets());
      const meanwhile = server.restart();
      await assert.rejects(meanwhile, (error: unknown) => {
        assert.ok(error instanceof OperatorError, String(error));
        assert.match(error.message, message);
        assert.equal(error.message.includes(known.secretAccessKey), false);
        return true;
      });
      kept.write(own);
      await server.restart();
    });

  test("need not be named once it has no objects there", async () => {
    const { Contents = [] } = await s3().listObjectsV2({ Bucket });
    for (const { Key = "" } of Contents) await s3().deleteObject({ Bucket, Key });
    await server.sweep();
    assert.deepEqual(kept.files(), ["x/others"]);
    kept.write({});
    await server.restart();
    await put("local");
    assert.deepEqual(await read("local"), body);
    assert.deepEqual(kept.files(), ["x/others"]);
  });
});
