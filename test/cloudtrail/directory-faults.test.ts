import * as assert from "node:assert/strict";
import { readdirSync, renameSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CloudTrail } from "@aws-sdk/client-cloudtrail";
import { installed, withoutClient } from "../conformance/clients.ts";
import { mountSmallDisk } from "../faults/small-disk.ts";
import { keptInDirectory } from "../s3/elsewhere-support.ts";
import { account } from "../support/keywright.ts";
import { clientSettings } from "../support/sdk.ts";
import { fiveMinutes, recordsIn } from "./delivery-support.ts";
import type { ValidationLab } from "./validate-logs-support.ts";
import { bucket, openLab } from "./validate-logs-support.ts";

const program = installed("aws").at(-1);
const none = async () => ({});

/** Every call of a kind is delivered, each in one file, and validate-logs finds all of it valid. */
async function requireAll(lab: ValidationLab, calls: number): Promise<void> {
  lab.server.clock.offset = 0;
  await lab.server.deliver();
  const files = await Promise.all((await lab.keys("CloudTrail/")).map((key) => lab.read(key)));
  const records = files.flatMap(({ text }) => recordsIn(Buffer.from(text)));
  const ids = records.map(({ eventID }) => eventID);
  assert.equal(new Set(ids).size, ids.length, "no record is delivered twice");
  const made = records.filter(({ eventName }) => eventName === "GenerateRandom");
  assert.equal(made.length, calls);
  if (program === undefined) return;
  const { code, out, error } = await lab.validate(program);
  assert.equal(code, 0, out + error);
}

const statusOf = async (lab: ValidationLab) => {
  const trails = new CloudTrail(clientSettings(lab.server, "admin"));
  const status = await trails.getTrailStatus({ Name: "test" });
  return [status.LatestDeliveryError, status.LatestDigestDeliveryError];
};

describe("a directory that is away for an hour", () => {
  const kept = keptInDirectory(bucket);
  let lab: ValidationLab;
  before(async () => {
    lab = await openLab(4, {}, none, [["--buckets", kept.file]]);
    await lab.hourOf(2);
  });
  after(async () => {
    await lab.close();
    kept.remove();
  });

  test("holds deliveries up, which the trail's status says", async () => {
    renameSync(kept.directory, `${kept.directory}-away`);
    await lab.hourOf(3);
    assert.deepEqual(await statusOf(lab), ["ServiceUnavailable", "ServiceUnavailable"]);
  });

  test("gets all that it missed when it is back, each record once, in one chain of digests", async (t) => {
    if (program === undefined) withoutClient(t, "aws");
    renameSync(`${kept.directory}-away`, kept.directory);
    lab.server.clock.offset += fiveMinutes;
    await lab.server.deliver();
    assert.deepEqual(await statusOf(lab), [undefined, undefined]);
    await lab.hourOf(1);
    await requireAll(lab, 6);
    assert.deepEqual(kept.files(), await lab.keys(""));
  });
});

const disk = mountSmallDisk(1);

describe("a directory on a disk that is full", {
  skip: disk === undefined && "no file system can be mounted here",
}, () => {
  const kept = keptInDirectory(bucket);
  const path = disk?.path ?? "";
  let lab: ValidationLab;
  before(async () => {
    kept.write({ [bucket]: { account, directory: path } });
    lab = await openLab(4, {}, none, [["--buckets", kept.file]]);
    await lab.hourOf(1);
  });
  after(async () => {
    await lab.close();
    disk?.remove();
    kept.remove();
  });
  const files = () => readdirSync(path, { recursive: true }).map(String).toSorted();

  test("gets what it has no room for as soon as it has, and no half of a file before", async () => {
    const filler = join(path, "filler");
    const { bavail, bsize } = statfsSync(path);
    const before = files();
    writeFileSync(filler, Buffer.alloc(bavail * bsize));
    await lab.hourOf(2);
    assert.deepEqual(await statusOf(lab), ["ServiceUnavailable", "ServiceUnavailable"]);
    rmSync(filler);
    assert.deepEqual(
      files().filter((name) => name.includes(".")),
      before.filter((name) => name.includes(".")),
    );
    lab.server.clock.offset += fiveMinutes;
    await lab.server.deliver();
    assert.deepEqual(await statusOf(lab), [undefined, undefined]);
    await requireAll(lab, 3);
  });
});
