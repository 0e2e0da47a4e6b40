import * as assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Committer } from "../../src/database/commit.ts";
import { readDeliveries } from "../../src/services/cloudtrail/tables/deliveries.ts";
import { account } from "../support/keywright.ts";
import {
  Bucket,
  checkChain,
  deliverAfter,
  eventText,
  fiveMinutes,
  happen,
  hour,
  recordsIn,
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

test("log files hold the records of the log byte by byte, under CloudTrail's names", () =>
  withTrail(server, { S3KeyPrefix: "some/prefix" }, async (_, bucket) => {
    const escaped = eventText(server, "First").replace("é", "\\u00e9");
    const second = eventText(server, "Second");
    server.trail.add(escaped);
    server.trail.add(second);
    const now = (await deliverAfter(server, bucket, 0)).toISOString();
    const [key = "", ...others] = bucket.keys("");
    assert.deepEqual(others, []);
    const [day, time] = [now.slice(0, 10), now.slice(11, 16).replace(":", "")];
    const folder = `logs/some/prefix/AWSLogs/${account}/CloudTrail/us-east-1/${day.replaceAll("-", "/")}`;
    assert.match(
      key,
      new RegExp(
        `^${folder}/${account}_CloudTrail_us-east-1_${day.replaceAll("-", "")}T${time}Z_[A-Za-z0-9]{16}\\.json\\.gz$`,
      ),
    );
    const { bytes, input, context } = bucket.get(key);
    assert.ok(bytes.includes(`${escaped},${second}`));
    assert.deepEqual(
      recordsIn(bytes).map(({ eventName }) => eventName),
      ["StartLogging", "First", "Second"],
    );
    assert.equal(input["ACL"], "bucket-owner-full-control");
    assert.equal(context.caller.principal.arn, "cloudtrail.amazonaws.com");
    assert.deepEqual(context.caller.conditions?.["aws:SourceAccount"], account);
  }));

test("what happened while a trail did not log is not delivered, the calls that start and stop it are", () =>
  withTrail(server, {}, async (cloudtrail, bucket) => {
    happen(server, "Before");
    await cloudtrail.stopLogging({ Name: "delivering" });
    server.clock.offset += 2_000;
    happen(server, "Between");
    await connectTrail(server).startLogging({ Name: "delivering" });
    happen(server, "Behind");
    await deliverAfter(server, bucket, 0);
    await connectTrail(server).stopLogging({ Name: "delivering" });
    server.clock.offset += 2_000;
    happen(server, "Late");
    for (let count = 0; count < 3; count++) await deliverAfter(server, bucket, fiveMinutes);
    const starts = ["StartLogging", "StopLogging"];
    assert.deepEqual(bucket.events(), [
      ...["StartLogging", "Before", "StopLogging", "StartLogging", "Behind"],
      "StopLogging",
    ]);
    await connectTrail(server).startLogging({ Name: "delivering" });
    await deliverAfter(server, bucket, fiveMinutes);
    assert.deepEqual(bucket.events().slice(5), [...starts.toReversed()]);
  }));

test("a file is written every five minutes, and where nothing happened none", () =>
  withTrail(server, {}, async (_, bucket) => {
    await deliverAfter(server, bucket, 0);
    happen(server, "Soon");
    await deliverAfter(server, bucket, fiveMinutes - 5_000);
    assert.deepEqual(bucket.events(), ["StartLogging"]);
    await deliverAfter(server, bucket, 5_000);
    await deliverAfter(server, bucket, fiveMinutes);
    assert.deepEqual(bucket.events(), ["StartLogging", "Soon"]);
    assert.equal(bucket.writes.length, 2);
  }));

test("a trail delivers the events that its selectors choose", () =>
  withTrail(server, {}, async (cloudtrail, bucket) => {
    const EventSelectors = [
      { ReadWriteType: "WriteOnly" as const, ExcludeManagementEventSources: ["kms.amazonaws.com"] },
    ];
    await cloudtrail.putEventSelectors({ TrailName: "delivering", EventSelectors });
    happen(server, "Read", { eventSource: "iam.amazonaws.com" });
    happen(server, "Encrypting", { readOnly: false });
    happen(server, "Other", { readOnly: false, eventSource: "sts.amazonaws.com" });
    await deliverAfter(server, bucket, 0);
    assert.deepEqual(bucket.events(), ["StartLogging", "PutEventSelectors", "Other"]);
  }));

test("what crashed between a file and its progress writes the same file again, with the same records", () =>
  withTrail(server, { EnableLogFileValidation: true }, async (_, bucket) => {
    await deliverAfter(server, bucket, 0);
    for (const kind of ["a file", "a digest"]) {
      happen(server, kind);
      let failing = false;
      const crash = {
        submit: async (commit: Parameters<typeof server.committer.submit>[0]) => {
          if (failing) throw new Error("crash");
          return server.committer.submit(commit);
        },
      };
      const dying = {
        inside: async (call: Parameters<Bucket["inside"]>[0]) => {
          failing = true;
          return bucket.inside(call);
        },
      };
      const wait = kind === "a file" ? fiveMinutes : hour;
      await assert.rejects(deliverAfter(server, dying, wait, crash), AggregateError);
      const key = bucket.writes.at(-1) ?? "";
      const { bytes, metadata } = bucket.get(key);
      happen(server, "Later");
      await deliverAfter(server, bucket, 3 * 60_000);
      assert.deepEqual(bucket.get(key).bytes, bytes);
      assert.deepEqual(bucket.get(key).metadata, metadata);
      assert.equal(bucket.writes.filter((each) => each === key).length, 2, kind);
    }
    await deliverAfter(server, bucket, hour);
    const events = bucket.events();
    assert.deepEqual(
      events.filter((name) => name !== "Later"),
      ["StartLogging", "a file", "a digest"],
    );
    assert.equal(events.filter((name) => name === "Later").length, 2);
    const chain = await checkChain(server, bucket, bucket.keys("CloudTrail-Digest").at(-1) ?? "");
    const listed = chain.flatMap(({ logFiles }) => logFiles.map(({ s3Object }) => s3Object));
    assert.deepEqual(
      new Set(listed.map((key) => `logs/${key}`)),
      new Set(bucket.keys("_CloudTrail_")),
    );
  }));

test("what a bucket refuses is shown by GetTrailStatus, tried again, and delivered in the end", () =>
  withTrail(server, { EnableLogFileValidation: true }, async (_, bucket) => {
    const status = () => connectTrail(server).getTrailStatus({ Name: "delivering" });
    await deliverAfter(server, bucket, 0);
    const { LatestDeliveryTime } = await status();
    bucket.faults.set("logs", "AccessDeniedException");
    happen(server, "Kept");
    await deliverAfter(server, bucket, hour);
    const failed = await status();
    assert.equal(failed.LatestDeliveryError, "AccessDenied");
    assert.equal(failed.LatestDigestDeliveryError, "AccessDenied");
    const arn = `arn:aws:cloudtrail:us-east-1:${account}:trail/delivering`;
    assert.deepEqual(server.failures.splice(0), [`${arn} AccessDenied`, `${arn} AccessDenied`]);
    assert.deepEqual(failed.LatestDeliveryTime, LatestDeliveryTime);
    assert.notEqual(failed.LatestDeliveryAttemptTime, failed.LatestDeliveryAttemptSucceeded);
    bucket.faults.set("logs", "DisabledException");
    happen(server, "Too");
    await deliverAfter(server, bucket, fiveMinutes);
    assert.equal((await status()).LatestDeliveryError, "KMS.DisabledException");
    bucket.faults.clear();
    await deliverAfter(server, bucket, 2 * fiveMinutes);
    await deliverAfter(server, bucket, fiveMinutes);
    const healed = await status();
    assert.equal(healed.LatestDeliveryError, undefined);
    assert.equal(healed.LatestDigestDeliveryError, undefined);
    assert.ok(healed.LatestDigestDeliveryTime instanceof Date);
    const events = bucket.events().filter((name) => name !== "GetTrailStatus");
    assert.deepEqual(events, ["StartLogging", "Kept", "Too"]);
  }));

test("a trail that cannot deliver does not keep the others waiting, and a fault of ours is told", () =>
  withTrail(server, {}, async (cloudtrail, bucket) => {
    await cloudtrail.createTrail({ Name: "a-first", S3BucketName: "others" });
    await cloudtrail.startLogging({ Name: "a-first" });
    bucket.faults.set("others", new Error("ours"));
    await assert.rejects(deliverAfter(server, bucket, 0), (error) => {
      assert.ok(error instanceof AggregateError);
      assert.equal(String(error.errors[0]), "Error: ours");
      return true;
    });
    assert.equal(bucket.keys("logs/").length, 1);
    const { LatestDeliveryError } = await cloudtrail.getTrailStatus({ Name: "a-first" });
    assert.equal(LatestDeliveryError, "InternalError");
    await cloudtrail.deleteTrail({ Name: "a-first" });
  }));

test("much is delivered before it is due, in files of bounded size, each record once", () =>
  withTrail(server, {}, async (_, bucket) => {
    await deliverAfter(server, bucket, 0);
    const padding = "x".repeat(1_000);
    for (let count = 0; count < 20_000; count++) happen(server, `Event${count}`, { padding });
    await deliverAfter(server, bucket, 60_000);
    const files = [...bucket.objects.values()].slice(1);
    assert.ok(files.length > 2);
    for (const { bytes } of files) assert.ok(bytes.length < 10_000_000);
    assert.deepEqual(
      bucket.events().slice(1),
      Array.from({ length: 20_000 }, (_each, count) => `Event${count}`),
    );
  }));

for (const moment of ["before its first state is stored", "while it writes a file"] as const)
  test(`a trail that is deleted ${moment} leaves none behind`, async () => {
    const cloudtrail = connectTrail(server);
    const Name = "deleted";
    await cloudtrail.createTrail({ Name, S3BucketName: "logs" });
    await cloudtrail.startLogging({ Name });
    const [{ id, account: owner } = { id: "", account: "" }] = await server.trails.listStarted();
    const bucket = new Bucket();
    let isDeleted = false;
    const once = async (): Promise<void> => {
      if (isDeleted) return;
      isDeleted = true;
      await cloudtrail.deleteTrail({ Name });
    };
    const committer: Committer = {
      async submit(commit) {
        if (moment.startsWith("before")) await once();
        return server.committer.submit(commit);
      },
    };
    const inside: Bucket["inside"] = async (call) => {
      await once();
      return bucket.inside(call);
    };
    await deliverAfter(server, { inside }, 0, committer);
    assert.ok(isDeleted);
    const domain = await server.trails.domain(owner);
    assert.deepEqual(await readDeliveries(server.reader, id, domain), []);
    assert.equal(bucket.writes.length, moment.startsWith("before") ? 0 : 1);
  });
