import * as assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { CloudTrail } from "@aws-sdk/client-cloudtrail";
import { GenerateRandomCommand } from "@aws-sdk/client-kms";
import { S3 } from "@aws-sdk/client-s3";
import type { OtherStore } from "../clients/other-store.ts";
import { openOtherStore } from "../clients/other-store.ts";
import { installed, withoutClient } from "../conformance/clients.ts";
import type { Elsewhere } from "../s3/elsewhere-support.ts";
import { keptInDirectory } from "../s3/elsewhere-support.ts";
import { accessKeys, account } from "../support/keywright.ts";
import type { Front } from "../support/s3-front.ts";
import { openFront } from "../support/s3-front.ts";
import { clientSettings } from "../support/sdk.ts";
import { fiveMinutes, recordsIn } from "./delivery-support.ts";
import type { ValidationLab } from "./validate-logs-support.ts";
import { bucket, openLab } from "./validate-logs-support.ts";

const programs = installed("aws");
const program = programs.at(-1);
const ours = {
  accessKeyId: "AKIAKEYWRIGHTOURSELF",
  secretAccessKey: "our+own/secret=of-the-store",
};
const hours = 6;

describe("a trail into a bucket of another store", () => {
  let store: OtherStore;
  let front: Front;
  let kept: Elsewhere;
  let lab: ValidationLab;
  let calls = 0;

  before(async () => {
    store = await openOtherStore(bucket);
    const { accessKeyId, secretAccessKey } = accessKeys.admin;
    front = await openFront(store, {
      [ours.accessKeyId]: ours.secretAccessKey,
      [accessKeyId]: secretAccessKey,
    });
    kept = keptInDirectory(bucket);
    writeFileSync(join(kept.folder, "credentials"), JSON.stringify(ours), { mode: 0o600 });
    kept.write({
      [bucket]: { account, endpoint: front.url, region: "eu-west-1", credentials: "credentials" },
    });
    lab = await openLab(hours, {}, async () => ({}), [["--buckets", kept.file]]);
    await hourOf(2);
    await hourOf(0);
  });
  after(async () => {
    await lab.close();
    await front.close();
    await store.remove();
    kept.remove();
  });
  afterEach(() => {
    front.trouble = undefined;
    front.secrets.set(ours.accessKeyId, ours.secretAccessKey);
  });

  const hourOf = async (count: number): Promise<void> => {
    calls += count;
    await lab.hourOf(count);
  };
  const there = () =>
    new S3({
      ...{ endpoint: front.url, region: "us-east-1", forcePathStyle: true, maxAttempts: 1 },
      credentials: accessKeys.admin,
    });
  async function keysThere(): Promise<readonly string[]> {
    const { Contents = [] } = await there().listObjectsV2({ Bucket: bucket });
    return Contents.map(({ Key = "" }) => Key).toSorted();
  }
  /** The same, told by the store itself, whatever trouble there is in front of it. */
  async function keysBehind(): Promise<readonly string[]> {
    const listing = await (await fetch(`${store.url}/${bucket}?list-type=2`)).text();
    return [...listing.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key = ""]) => key).toSorted();
  }
  const statusOf = async () => {
    const trails = new CloudTrail(clientSettings(lab.server, "admin"));
    const status = await trails.getTrailStatus({ Name: "test" });
    return [status.LatestDeliveryError, status.LatestDigestDeliveryError];
  };

  test("is there as it would be in a bucket of AWS's, headers and metadata too", async () => {
    const keys = await lab.keys("");
    assert.deepEqual(await keysThere(), keys);
    for (const Key of keys) {
      const { Body, ...told } = await there().getObject({ Bucket: bucket, Key });
      const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
      const { text, metadata } = await lab.read(Key);
      assert.equal(gunzipSync(bytes).toString(), text);
      assert.equal(told.ContentType, "application/json");
      assert.equal(told.ContentEncoding, "gzip");
      assert.deepEqual(told.Metadata, metadata);
    }
    assert.deepEqual(front.refusals, []);
  });

  test("is not read to its end where the store breaks off, nor where it answers with something else", async () => {
    const [key = ""] = await lab.keys("CloudTrail/");
    front.trouble = { kind: "cut", after: 20 };
    await assert.rejects(lab.read(key));
    front.trouble = { kind: "status", status: 500, code: "InternalError" };
    await assert.rejects(lab.read(key));
    front.trouble = undefined;
    await lab.read(key);
  });

  test("waits out what passes in a moment", async () => {
    front.trouble = { kind: "status", status: 503, code: "SlowDown", times: 2 };
    await hourOf(1);
    assert.deepEqual(await statusOf(), [undefined, undefined]);
    front.trouble = { kind: "hangs up", times: 2 };
    await hourOf(1);
    assert.deepEqual(await statusOf(), [undefined, undefined]);
    assert.deepEqual(await keysThere(), await lab.keys(""));
  });

  const troubles: readonly (readonly [string, string, () => Promise<void> | void])[] = [
    [
      "is overloaded",
      "ServiceUnavailable",
      () => trouble({ kind: "status", status: 503, code: "SlowDown" }),
    ],
    ["hangs up", "ServiceUnavailable", () => trouble({ kind: "hangs up" })],
    [
      "leads elsewhere",
      "ServiceUnavailable",
      () => trouble({ kind: "redirects", to: `${lab.server.url}/stolen` }),
    ],
    [
      "lacks the bucket",
      "NoSuchBucket",
      () => trouble({ kind: "status", status: 404, code: "NoSuchBucket" }),
    ],
    [
      "knows another secret",
      "AccessDenied",
      () => void front.secrets.set(ours.accessKeyId, "another"),
    ],
    ["does not know us", "AccessDenied", () => void front.secrets.delete(ours.accessKeyId)],
    ["is down", "ServiceUnavailable", () => store.stop()],
  ];
  const trouble = (what: NonNullable<Front["trouble"]>): void => {
    front.trouble = what;
  };

  for (const [what, code, begin] of troubles)
    test(`is held up by a store that ${what}, says ${code}, and misses nothing`, async () => {
      const known = await lab.keys("");
      await begin();
      await lab.server.client("admin").send(new GenerateRandomCommand({ NumberOfBytes: 1 }));
      calls += 1;
      lab.server.clock.offset += fiveMinutes;
      await lab.server.deliver();
      assert.equal((await statusOf())[0], code);
      assert.deepEqual(await lab.keys(""), known);
      front.trouble = undefined;
      front.secrets.set(ours.accessKeyId, ours.secretAccessKey);
      if (what === "is down") await store.start();
      lab.server.clock.offset += fiveMinutes;
      await lab.server.deliver();
      assert.equal((await statusOf())[0], undefined);
      assert.deepEqual(await keysThere(), await lab.keys(""));
    });

  test("gets each record once after all of it, in one chain of digests", async () => {
    lab.server.clock.offset = 0;
    await lab.server.deliver();
    const files = await Promise.all((await lab.keys("CloudTrail/")).map((key) => lab.read(key)));
    const records = files.flatMap(({ text }) => recordsIn(Buffer.from(text)));
    const ids = records.map(({ eventID }) => eventID);
    assert.equal(new Set(ids).size, ids.length);
    const made = records.filter(({ eventName }) => eventName === "GenerateRandom");
    assert.equal(made.length, calls);
  });

  for (const program of programs)
    test(`is valid to ${program}, through here and where it is`, async () => {
      const here = await lab.validate(program);
      assert.equal(here.code, 0, here.out + here.error);
      const before = front.requests.length;
      const { code, out, error } = await lab.validateIn(front.url, program);
      assert.equal(code, 0, out + error);
      assert.match(out, /\n(\d)\/\1 digest files valid\n(\d+)\/\2 log files valid\n/);
      assert.ok(front.requests.length > before);
    });

  const attacks: readonly (readonly [string, (Key: string, text: string) => Promise<unknown>])[] = [
    ["was deleted", (Key) => there().deleteObject({ Bucket: bucket, Key })],
    [
      "was edited",
      (Key, text) => put(Key, gzipSync(text.replace(`"${account}"`, '"111122223334"'))),
    ],
    ["was cut off", (Key, text) => put(Key, gzipSync(text).subarray(0, 100))],
  ];
  const put = (Key: string, Body: Uint8Array, Metadata?: Readonly<Record<string, string>>) =>
    there().putObject({
      ...{ Bucket: bucket, Key, Body, Metadata },
      ...{ ContentType: "application/json", ContentEncoding: "gzip" },
    });

  for (const word of ["CloudTrail/", "CloudTrail-Digest/"])
    for (const [what, attack] of attacks)
      test(`validate-logs reports what ${what} below ${word}, through here and where it is`, async (t) => {
        if (program === undefined) return withoutClient(t, "aws");
        const [key = ""] = await lab.keys(word);
        const { Body, Metadata } = await there().getObject({ Bucket: bucket, Key: key });
        const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
        await attack(key, gunzipSync(bytes).toString());
        const found = [await lab.validate(program), await lab.validateIn(front.url, program)];
        await put(key, bytes, Metadata);
        for (const { code, error } of found) {
          assert.equal(code, 1, error);
          assert.ok(error.includes(`s3://${bucket}/${key}\tINVALID`), error);
          assert.equal(error.match(/INVALID/g)?.length, 1, error);
        }
      });

  test("removes there what is deleted here, once the store answers", async () => {
    const [key = ""] = await lab.keys("CloudTrail/");
    const keys = await keysThere();
    front.trouble = { kind: "status", status: 503, code: "SlowDown" };
    await lab.remove(key);
    await lab.server.sweep();
    // While the trouble lasts: once it is over, the sweep of every minute may come first.
    assert.deepEqual(await keysBehind(), keys);
    front.trouble = undefined;
    await put("AWSLogs/others", Buffer.of());
    await lab.server.sweep();
    assert.deepEqual(
      await keysThere(),
      [...keys.filter((each) => each !== key), "AWSLogs/others"].toSorted(),
    );
  });
});
