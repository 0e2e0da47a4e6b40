import * as assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { Agent } from "node:http";
import type { LookupFunction } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { installed, runClient, withoutClient } from "../conformance/clients.ts";
import type { TestServer } from "../support/keywright.ts";
import { accessKeys, startKeywright } from "../support/keywright.ts";
import { connectS3, deliveryPolicy, putAll } from "./support.ts";

const Bucket = "bucket-of-clients";
const script = fileURLToPath(new URL("boto3-s3.py", import.meta.url));

describe("clients of S3", () => {
  let server: TestServer;
  let folder: string;
  before(async () => {
    server = await startKeywright();
    folder = join(server.folder, "..", "clients");
    mkdirSync(folder);
    const s3 = connectS3(server);
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: deliveryPolicy(Bucket) }));
    const keys = ["logs/1.json", "logs/2.json", "logs/more/3 é+&.json", "top"];
    await putAll(
      server,
      ...keys.map((Key) => ({ Bucket, Key, Body: `${Key}\n`, Metadata: { of: "tests" } })),
    );
  });
  after(() => server.close());

  test("AWS's SDK finds buckets by the name of the host", async () => {
    const lookup: LookupFunction = (_name, _options, give) =>
      give(null, [{ address: "127.0.0.1", family: 4 }]);
    const s3 = new S3Client({
      endpoint: `http://s3.us-east-1.example.com:${new URL(server.url).port}`,
      region: "us-east-1",
      credentials: accessKeys.admin,
      maxAttempts: 1,
      requestHandler: { httpAgent: new Agent({ lookup }) },
    });
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    assert.deepEqual(
      Buckets.map(({ Name }) => Name),
      [Bucket],
    );
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    assert.equal(Contents.length, 4);
    for (const { Key } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      assert.equal(await Body?.transformToString(), `${Key}\n`);
    }
    s3.destroy();
  });

  test("the AWS CLI lists, reads, copies and deletes", async (context) => {
    const [program] = installed("aws");
    if (program === undefined) return withoutClient(context, "the AWS CLI");
    const aws = async (...args: readonly string[]): Promise<string> => {
      const all = [...args, "--endpoint-url", server.url, "--output", "text"];
      const { code, out, error } = await runClient(server, folder, program, all);
      assert.equal(code, 0, error);
      return out.trim();
    };
    assert.match(await aws("s3", "ls"), new RegExp(`${Bucket}$`));
    assert.match(await aws("s3", "ls", `s3://${Bucket}/`), /PRE logs\/\n.* 4 top$/);
    await aws("s3", "cp", "--recursive", `s3://${Bucket}/logs`, "logs");
    const copied = join(folder, "logs", "more", "3 é+&.json");
    assert.equal(readFileSync(copied, "utf8"), "logs/more/3 é+&.json\n");
    const object = ["--bucket", Bucket, "--key", "top"];
    const answer = await aws("s3api", "get-object", ...object, "--range", "bytes=1-2", "part");
    assert.match(answer, /bytes 1-2\/4/);
    assert.equal(readFileSync(join(folder, "part"), "utf8"), "op");
    const keys = ["s3api", "list-objects", "--bucket", Bucket, "--query", "Contents[].Key"];
    assert.equal((await aws(...keys)).split("\t").length, 4);
    await aws("s3", "rm", `s3://${Bucket}/top`);
    assert.equal((await aws(...keys)).split("\t").length, 3);
    await aws("s3api", "create-bucket", "--bucket", "bucket-of-the-cli");
    const location = ["s3api", "get-bucket-location", "--bucket", "bucket-of-the-cli"];
    assert.equal(await aws(...location), "None");
    await aws("s3", "rb", "s3://bucket-of-the-cli");
    const { code, error } = await runClient(server, folder, program, [
      ...["s3api", "head-bucket", "--bucket", "bucket-of-the-cli", "--endpoint-url", server.url],
    ]);
    assert.notEqual(code, 0);
    assert.match(error, /404.*Not Found/);
  });

  for (const python of installed("python3"))
    test(`${python}: boto3 lists, reads, follows regions and uses presigned URLs`, async (context) => {
      const { code } = await runClient(server, folder, python, ["-c", "import boto3"]);
      if (code !== 0) return context.skip("it has no boto3");
      const { out, error } = await runClient(server, folder, python, [script, Bucket]);
      assert.match(out, /^done$/m, error);
    });
});
