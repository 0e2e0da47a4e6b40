import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { CloudTrail } from "@aws-sdk/client-cloudtrail";
import { KMS } from "@aws-sdk/client-kms";
import { GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { installed, withoutClient } from "../conformance/clients.ts";
import { auditOf } from "../conformance/support.ts";
import { keptInDirectory } from "../s3/elsewhere-support.ts";
import { connectS3, trailArn } from "../s3/support.ts";
import type { Flags, TestServer } from "../support/keywright.ts";
import { account } from "../support/keywright.ts";
import { clientSettings } from "../support/sdk.ts";
import { hour } from "./delivery-support.ts";
import { callTrail } from "./support.ts";
import type { ValidationLab } from "./validate-logs-support.ts";
import { bucket, openLab } from "./validate-logs-support.ts";

const kept = keptInDirectory(bucket);
let lab: ValidationLab;
let arn = "";
const programs = installed("aws");
const cloudtrail = () => new CloudTrail(clientSettings(lab.server, "admin"));
const kms = () => new KMS(clientSettings(lab.server, "admin"));

/** The key policy of AWS's documentation, for the trail of these tests. */
const policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: { AWS: account }, Action: "kms:*", Resource: "*" },
    {
      Sid: "Allow CloudTrail to encrypt logs",
      Effect: "Allow",
      Principal: { Service: "cloudtrail.amazonaws.com" },
      Action: "kms:GenerateDataKey*",
      Resource: "*",
      Condition: {
        StringEquals: { "aws:SourceArn": trailArn },
        StringLike: {
          "kms:EncryptionContext:aws:cloudtrail:arn": `arn:aws:cloudtrail:*:${account}:trail/*`,
        },
      },
    },
    {
      Sid: "Allow CloudTrail to describe key",
      Effect: "Allow",
      Principal: { Service: "cloudtrail.amazonaws.com" },
      Action: "kms:DescribeKey",
      Resource: "*",
    },
  ],
});

after(() => kept.remove());

for (const [where, flags] of [
  ["the data folder", []],
  ["a directory", [["--buckets", kept.file]]],
] as readonly (readonly [string, Flags])[])
  describe(`an encrypted trail in ${where}`, () => {
    before(async () => {
      const prepare = async (server: TestServer) => {
        const client = new KMS(clientSettings(server, "admin"));
        const { KeyMetadata } = await client.createKey({ Policy: policy });
        arn = KeyMetadata?.Arn ?? "";
        return { KmsKeyId: arn };
      };
      lab = await openLab(4, {}, prepare, flags);
      for (const calls of [2, 0]) await lab.hourOf(calls);
    });
    after(() => lab.close());

    test("no file can be read where it is stored", async () => {
      for (const file of kept.files()) {
        const stored = readFileSync(join(kept.directory, file));
        assert.throws(() => gunzipSync(stored), { code: "Z_DATA_ERROR" });
      }
      const keys = await lab.keys("");
      assert.deepEqual(kept.files(), flags.length === 0 ? [] : keys);
    });

    test("files are encrypted under the trail's key, for the service and its trail alone", async () => {
      const [key = ""] = await lab.keys("CloudTrail/us-east-1");
      const s3 = connectS3(lab.server);
      const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      assert.equal(head.ServerSideEncryption, "aws:kms");
      assert.equal(head.SSEKMSKeyId, arn);
      const [record] = (await auditOf(lab.server, "GenerateDataKey")).toReversed();
      assert.deepEqual(record?.["userIdentity"], {
        type: "AWSService",
        invokedBy: "cloudtrail.amazonaws.com",
      });
      const { encryptionContext } = record["requestParameters"] as Record<string, unknown>;
      assert.equal((encryptionContext as Record<string, string>)["aws:cloudtrail:arn"], trailArn);
    });

    test("whoever may not decrypt with the key cannot read a file", async () => {
      const [key = ""] = await lab.keys("CloudTrail/us-east-1");
      await kms().disableKey({ KeyId: arn });
      const reading = connectS3(lab.server).send(
        new GetObjectCommand({ Bucket: bucket, Key: key }),
      );
      await assert.rejects(reading);
      await kms().enableKey({ KeyId: arn });
    });

    test("while the key is disabled nothing is delivered, the status says so, and then all is", async () => {
      const before = (await lab.keys("CloudTrail/us-east-1")).length;
      await kms().disableKey({ KeyId: arn });
      await lab.hourOf(1);
      const failed = await cloudtrail().getTrailStatus({ Name: "test" });
      assert.equal(failed.LatestDeliveryError, "KMS.DisabledException");
      assert.equal(failed.LatestDigestDeliveryError, "KMS.DisabledException");
      assert.equal((await lab.keys("CloudTrail/us-east-1")).length, before);
      await kms().enableKey({ KeyId: arn });
      lab.server.clock.offset += hour / 2;
      await lab.server.deliver();
      lab.server.clock.offset += hour / 2;
      await lab.server.deliver();
      const healed = await cloudtrail().getTrailStatus({ Name: "test" });
      assert.equal(healed.LatestDeliveryError, undefined);
      assert.equal(healed.LatestDigestDeliveryError, undefined);
    });

    if (programs.length === 0) test("the AWS CLI", (t) => withoutClient(t, "aws"));
    for (const program of programs)
      test(`${program} finds an encrypted trail valid`, async () => {
        const { code, out, error } = await lab.validate(program);
        assert.equal(code, 0, out + error);
        assert.match(out, /\n4\/4 digest files valid\n/);
      });

    test("the encryption of files is delivered, until it is not wanted", async () => {
      const own = async (key: string) =>
        (await lab.read(key)).text.includes('"sourceIPAddress":"cloudtrail.amazonaws.com"');
      const newest = async () => (await lab.keys("CloudTrail/us-east-1")).at(-1) ?? "";
      await lab.hourOf(2);
      const before = await newest();
      assert.equal(await own(before), true);
      await callTrail(lab.server, "UpdateTrail", { Name: "test", RecursiveLogging: false });
      await lab.hourOf(2);
      const after = await newest();
      assert.notEqual(after, before);
      assert.equal(await own(after), false);
      await callTrail(lab.server, "UpdateTrail", { Name: "test", RecursiveLogging: true });
    });
  });
