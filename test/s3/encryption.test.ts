import * as assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { CreateBucketCommand, GetObjectCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { auditOf, connect, createKey } from "../conformance/support.ts";
import type { TestServer, TestUser } from "../support/keywright.ts";
import { account, startKeywright } from "../support/keywright.ts";
import { connectS3, deliveryPolicy, putAll, trailArn } from "./support.ts";

const Bucket = "encrypted-bucket";
const Key = "AWSLogs/file";

describe("objects under a KMS key", () => {
  let server: TestServer;
  let keyArn: string;
  const root = { AWS: `arn:aws:iam::${account}:root` };

  async function setKeyPolicy(...statements: readonly object[]): Promise<void> {
    const Statement = [
      { Effect: "Allow", Principal: root, Action: "kms:*", Resource: "*" },
      ...statements,
    ];
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
    await connect(server).putKeyPolicy({ KeyId: keyArn, Policy });
  }
  const delivery = (trail = trailArn) => ({
    Effect: "Allow",
    Principal: { Service: "cloudtrail.amazonaws.com" },
    Action: "kms:GenerateDataKey*",
    Resource: "*",
    Condition: {
      StringEquals: { "aws:SourceArn": trail },
      StringLike: { "kms:EncryptionContext:aws:cloudtrail:arn": trail },
    },
  });
  const deliver = () =>
    putAll(server, {
      ...{ Bucket, Key, Body: "secret records" },
      ServerSideEncryption: "aws:kms",
      SSEKMSKeyId: keyArn,
      SSEKMSEncryptionContext: Buffer.from(
        JSON.stringify({ "aws:cloudtrail:arn": trailArn }),
      ).toString("base64"),
    });
  const read = async (who: TestUser) => {
    const answer = await connectS3(server, who).send(new GetObjectCommand({ Bucket, Key }));
    return { answer, text: await answer.Body?.transformToString() };
  };

  before(async () => {
    server = await startKeywright();
    keyArn = (await createKey(connect(server), {})).arn;
    const s3 = connectS3(server);
    await s3.send(new CreateBucketCommand({ Bucket }));
    const [statement] = (JSON.parse(deliveryPolicy(Bucket)) as { Statement: [object] }).Statement;
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        statement,
        {
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${account}:user/manager` },
          Action: "s3:GetObject",
          Resource: `arn:aws:s3:::${Bucket}/*`,
        },
      ],
    });
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  });
  after(() => server.close());

  test("are put by a service only when the key policy lets that service, for that trail", async () => {
    await assert.rejects(deliver(), { name: "AccessDeniedException" });
    await setKeyPolicy(delivery(`${trailArn}2`));
    await assert.rejects(deliver(), { name: "AccessDeniedException" });
    await setKeyPolicy(delivery());
    await deliver();
    const record = (await auditOf(server, "GenerateDataKey")).at(-1);
    assert.deepEqual(record?.["userIdentity"], {
      type: "AWSService",
      invokedBy: "cloudtrail.amazonaws.com",
    });
    assert.deepEqual(record?.["requestParameters"], {
      keyId: keyArn,
      keySpec: "AES_256",
      encryptionContext: {
        "aws:cloudtrail:arn": trailArn,
        "aws:s3:arn": `arn:aws:s3:::${Bucket}/${Key}`,
      },
    });
  });

  test("are read by who may use the key, in whose name S3 asks", async () => {
    const { answer, text } = await read("admin");
    assert.equal(text, "secret records");
    assert.equal(answer.ServerSideEncryption, "aws:kms");
    assert.equal(answer.SSEKMSKeyId, keyArn);
    const record = (await auditOf(server, "Decrypt")).at(-1);
    const identity = record?.["userIdentity"] as Record<string, unknown>;
    assert.equal(identity["userName"], "admin");
    assert.equal(identity["invokedBy"], "s3.amazonaws.com");
    assert.equal(record?.["sourceIPAddress"], "s3.amazonaws.com");
    assert.match(String(record?.["requestID"]), /^[0-9a-f-]{36}$/);
    assert.notEqual(record?.["requestID"], answer.$metadata.requestId);
  });

  test("are refused to who may read the object and not use the key", async () => {
    await assert.rejects(read("manager"), { name: "AccessDenied", message: /kms:Decrypt/ });
    await setKeyPolicy(delivery(), {
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${account}:user/manager` },
      Action: "kms:Decrypt",
      Resource: "*",
      Condition: { StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } },
    });
    assert.equal((await read("manager")).text, "secret records");
  });

  test("are refused once the key is disabled", async () => {
    await connect(server).disableKey({ KeyId: keyArn });
    await assert.rejects(read("admin"), { name: "KMS.DisabledException" });
    await connect(server).enableKey({ KeyId: keyArn });
    assert.equal((await read("admin")).text, "secret records");
  });
});
