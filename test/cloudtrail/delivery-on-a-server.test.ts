import * as assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { CloudTrail } from "@aws-sdk/client-cloudtrail";
import { KMS } from "@aws-sdk/client-kms";
import { S3 } from "@aws-sdk/client-s3";
import { deliveryPolicy } from "../s3/support.ts";
import type { TestServer, TestUser } from "../support/keywright.ts";
import { startKeywright } from "../support/keywright.ts";
import { clientSettings } from "../support/sdk.ts";
import { hour, recordsIn } from "./delivery-support.ts";

const Bucket = "bucket-of-another-account";
let server: TestServer;
before(async () => {
  server = await startKeywright();
  await s3("other").createBucket({ Bucket });
  const settings = { Name: "test", S3BucketName: Bucket, EnableLogFileValidation: true };
  await assert.rejects(trails().createTrail(settings), {
    name: "InsufficientS3BucketPolicyException",
  });
  await s3("other").putBucketPolicy({ Bucket, Policy: deliveryPolicy(Bucket) });
  await trails().createTrail(settings);
  await trails().startLogging({ Name: "test" });
});
after(() => server.close());

const s3 = (who: TestUser) => new S3({ ...clientSettings(server, who), forcePathStyle: true });
const trails = () => new CloudTrail(clientSettings(server, "admin"));

async function objects(word: string): Promise<readonly string[]> {
  const { Contents = [] } = await s3("other").listObjectsV2({ Bucket });
  return Contents.map(({ Key = "" }) => Key).filter((key) => key.includes(word));
}

async function read(Key: string): Promise<Buffer> {
  const { Body } = await s3("other").getObject({ Bucket, Key });
  return gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array());
}

test("a trail delivers into another account's bucket, whose owner alone reads it", async () => {
  await server.deliver();
  const [key = ""] = await objects("_CloudTrail_");
  const [record] = recordsIn(await read(key));
  assert.equal(record?.eventName, "StartLogging");
  await assert.rejects(s3("admin").getObject({ Bucket, Key: key }), { name: "AccessDenied" });
});

test("what happened around restarts is delivered once, in one chain of digests", async () => {
  for (let each = 0; each < 3; each++) {
    await new KMS(clientSettings(server, "admin")).generateRandom({ NumberOfBytes: 1 });
    await server.restart();
    server.clock.offset += hour;
    await server.deliver();
  }
  const files = await Promise.all((await objects("_CloudTrail_")).map(read));
  const names = files.flatMap((file) => recordsIn(file).map(({ eventName }) => eventName));
  assert.deepEqual(
    names.filter((name) => name === "GenerateRandom"),
    ["GenerateRandom", "GenerateRandom", "GenerateRandom"],
  );
  const ids = files.flatMap((file) => recordsIn(file).map(({ eventID }) => eventID));
  assert.equal(new Set(ids).size, ids.length);
  const digests = await Promise.all((await objects("CloudTrail-Digest")).map(read));
  const links = digests.map((digest) => {
    const { digestS3Object, previousDigestS3Object } = JSON.parse(digest.toString()) as Record<
      string,
      string | null
    >;
    return { digestS3Object, previousDigestS3Object };
  });
  assert.equal(links.length, 3);
  for (const [index, { previousDigestS3Object }] of links.entries())
    assert.equal(previousDigestS3Object, links[index - 1]?.digestS3Object ?? null);
});
