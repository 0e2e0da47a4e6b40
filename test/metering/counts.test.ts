import * as assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { CreateBucketCommand, GetObjectCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { dataFolder } from "../../src/composition/data-folder.ts";
import { account, connect, createKey, keyPolicy, openServer } from "../conformance/support.ts";
import { connectS3, deliveryPolicy, putAll } from "../s3/support.ts";
import { countedBy } from "./support.ts";

const Bucket = "metered-bucket";
const Key = "AWSLogs/file";

test("what services ask of KMS counts for who they do it for, with the name of the service", async () => {
  const server = await openServer();
  const Principal = { Service: "cloudtrail.amazonaws.com" };
  const Policy = keyPolicy({ Principal, Action: "kms:GenerateDataKey*" });
  const { arn } = await createKey(connect(server), { Policy });
  const s3 = connectS3(server);
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: deliveryPolicy(Bucket) }));
  const encrypted = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: arn };
  await putAll(server, { Bucket, Key, Body: "secret records", ...encrypted });
  const reader = connectS3(server);
  for (let count = 0; count < 3; count++) {
    const { Body } = await reader.send(new GetObjectCommand({ Bucket, Key }));
    assert.equal(await Body?.transformToString(), "secret records");
  }
  const ofKey = (await countedBy(server)).filter(({ key }) => key === arn);
  assert.ok(ofKey.every((each) => each.account === account && each.billable));
  assert.deepEqual(
    ofKey.map(({ operation, via, count }) => [operation, via, count]),
    [
      ["CreateKey", "", 1],
      ["Decrypt", "s3.amazonaws.com", 3],
      ["GenerateDataKey", "cloudtrail.amazonaws.com", 1],
    ],
  );
});

test("the same is counted again from the logs when the index was removed", async () => {
  const server = await openServer();
  const { id } = await createKey(connect(server));
  for (let count = 0; count < 5; count++)
    await connect(server).encrypt({ KeyId: id, Plaintext: Buffer.from("x") });
  const before = await countedBy(server);
  assert.equal(before.length, 2);
  const { index } = dataFolder(server.config);
  await server.restart(async () => {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(index + suffix, { force: true });
  });
  assert.deepEqual(await countedBy(server), before);
  await server.restart();
  assert.deepEqual(await countedBy(server), before);
});
