import * as assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AwsError } from "../../src/base/errors.ts";
import { deliver, deliveredUpTo } from "../../src/services/cloudtrail/delivery/deliver.ts";
import { otherAccount } from "../support/keywright.ts";
import type { Bucket } from "./delivery-support.ts";
import {
  checkChain,
  deliverAfter,
  delivererOf,
  fiveMinutes,
  happen,
  hour,
  withTrail,
} from "./delivery-support.ts";
import type { TrailServer } from "./support.ts";
import { connectTrail, startWithTrail } from "./support.ts";

let server: TrailServer;
before(async () => {
  server = await startWithTrail();
  for (const name of ["logs", "others"]) server.targets.buckets.set(name, "ready");
});
after(() => server.close());

test("a trail for all regions delivers each in files of its own, and no other account's events", () =>
  withTrail(
    server,
    { IsMultiRegionTrail: true, EnableLogFileValidation: true },
    async (_, bucket) => {
      happen(server, "There", { awsRegion: "eu-west-1" });
      happen(server, "Foreign", { awsRegion: "eu-west-2", recipientAccountId: otherAccount });
      await deliverAfter(server, bucket, 0);
      assert.deepEqual(bucket.events("_CloudTrail_eu-west-1_"), ["There"]);
      assert.deepEqual(bucket.keys("eu-west-2"), []);
      await deliverAfter(server, bucket, hour);
      const [digest = ""] = bucket.keys("CloudTrail-Digest_eu-west-1_delivering_us-east-1_");
      const [{ logFiles } = { logFiles: [] }] = await checkChain(
        server,
        bucket,
        digest,
        "eu-west-1",
      );
      assert.equal(logFiles.length, 1);
    },
  ));

test("every hour has a digest, an empty one too, and each holds on to the one before it", () =>
  withTrail(server, { EnableLogFileValidation: true }, async (_, bucket) => {
    for (const name of ["One", undefined, undefined, "Four"]) {
      if (name !== undefined) happen(server, name);
      await deliverAfter(server, bucket, 0);
      await deliverAfter(server, bucket, hour);
    }
    const keys = bucket.keys("CloudTrail-Digest");
    const chain = await checkChain(server, bucket, keys.at(-1) ?? "");
    assert.deepEqual(
      chain.map(({ logFiles }) => logFiles.length),
      [1, 0, 0, 1],
    );
    assert.equal(keys.length, 4);
    assert.match(keys[0] ?? "", /_us-east-1_delivering_us-east-1_\d{8}T\d{6}Z\.json\.gz$/);
  }));

test("after hours in which nobody delivered, each of them gets its digest", () =>
  withTrail(server, { EnableLogFileValidation: true }, async (_, bucket) => {
    await deliverAfter(server, bucket, 0);
    await deliverAfter(server, bucket, 5 * hour);
    const keys = bucket.keys("CloudTrail-Digest");
    assert.equal(keys.length, 5);
    assert.equal((await checkChain(server, bucket, keys.at(-1) ?? "")).length, 5);
  }));

test("a trail that stops writing digests ends its chain with the hour, and begins a new one", () =>
  withTrail(server, { EnableLogFileValidation: true }, async (_, bucket) => {
    const turn = (EnableLogFileValidation: boolean) =>
      connectTrail(server).updateTrail({ Name: "delivering", EnableLogFileValidation });
    await deliverAfter(server, bucket, 0);
    await turn(false);
    happen(server, "Unlisted");
    await deliverAfter(server, bucket, fiveMinutes);
    for (let count = 0; count < 3; count++) await deliverAfter(server, bucket, hour);
    const [last = "", ...none] = bucket.keys("CloudTrail-Digest");
    assert.deepEqual(none, []);
    const [{ logFiles } = { logFiles: [] }] = await checkChain(server, bucket, last);
    assert.equal(logFiles.length, 1, "what was delivered while there were no digests is in none");
    await turn(true);
    await deliverAfter(server, bucket, fiveMinutes);
    await deliverAfter(server, bucket, hour);
    const [, next = ""] = bucket.keys("CloudTrail-Digest");
    assert.equal((await checkChain(server, bucket, next)).length, 1);
  }));

test("the last digest behind a stop lists the last files, and then there are no more", () =>
  withTrail(server, { EnableLogFileValidation: true }, async (cloudtrail, bucket) => {
    await deliverAfter(server, bucket, 0);
    happen(server, "Last");
    await cloudtrail.stopLogging({ Name: "delivering" });
    await deliverAfter(server, bucket, hour);
    await deliverAfter(server, bucket, 3 * hour);
    const [last = "", ...none] = bucket.keys("CloudTrail-Digest");
    assert.deepEqual(none, []);
    const [digest] = await checkChain(server, bucket, last);
    assert.equal(digest?.logFiles.length, 2);
    assert.deepEqual(bucket.events(), ["StartLogging", "Last", "StopLogging"]);
  }));

test("records may go once every trail delivered them, and a digest lists those of a trail with digests", () =>
  withTrail(server, { EnableLogFileValidation: true }, async (_, bucket) => {
    const deliverer = delivererOf(server, bucket);
    const end = async () => {
      await server.trail.settled();
      return server.trail.position();
    };
    const start = (await end()) - 1;
    happen(server, "Once");
    await deliverAfter(server, bucket, 0);
    assert.equal(await deliveredUpTo(deliverer), start, "no digest lists them yet");
    await deliverAfter(server, bucket, hour);
    assert.equal(await deliveredUpTo(deliverer), undefined, "nothing is waited for");
    happen(server, "Next");
    const position = await end();
    assert.equal(await deliveredUpTo(deliverer), position - 1);
    await connectTrail(server).stopLogging({ Name: "delivering" });
    for (let count = 0; count < 3; count++) await deliverAfter(server, bucket, hour);
    happen(server, "Unwanted");
    await end();
    assert.equal(await deliveredUpTo(deliverer), undefined);
  }));

test("digests hold on to one another when they come at other intervals", () =>
  withTrail(server, { EnableLogFileValidation: true }, async (_, bucket) => {
    await deliverAfter(server, bucket, 0);
    await deliverAfter(server, bucket, hour);
    server.clock.offset += hour;
    const every = { file: fiveMinutes, digest: hour / 2 };
    const now = new Date(Date.now() + server.clock.offset);
    await deliver({ ...delivererOf(server, bucket), every }, now);
    const newest = bucket.keys("CloudTrail-Digest").at(-1) ?? "";
    assert.equal((await checkChain(server, bucket, newest)).length, 2);
  }));

test("a chain does not end before its last digest lists what the bucket refused for a while", () =>
  withTrail(server, { EnableLogFileValidation: true }, async (cloudtrail, bucket) => {
    await deliverAfter(server, bucket, 0);
    happen(server, "Last");
    await cloudtrail.stopLogging({ Name: "delivering" });
    const refusingLogs = {
      inside: (call: Parameters<Bucket["inside"]>[0]) =>
        String(call.input["Key"]).includes("_CloudTrail_")
          ? Promise.reject(new AwsError("AccessDeniedException"))
          : bucket.inside(call),
    };
    await deliverAfter(server, refusingLogs, hour);
    await deliverAfter(server, refusingLogs, 60_000);
    assert.equal(bucket.keys("CloudTrail-Digest").length, 1);
    for (let count = 0; count < 3; count++) await deliverAfter(server, bucket, hour);
    const keys = bucket.keys("CloudTrail-Digest");
    const chain = await checkChain(server, bucket, keys.at(-1) ?? "");
    assert.deepEqual(
      chain.map(({ logFiles }) => logFiles.length),
      [1, 1],
    );
    assert.equal(keys.length, 2);
  }));
