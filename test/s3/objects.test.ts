import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { S3Client } from "@aws-sdk/client-s3";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
} from "@aws-sdk/client-s3";
import type { TestServer } from "../support/keywright.ts";
import { startKeywright } from "../support/keywright.ts";
import { connectS3, deliveryPolicy, putAll } from "./support.ts";

const Bucket = "objects-of-tests";
const large = randomBytes(200_000);
const keys = ["a.txt", "logs/1/x", "logs/1/y", "logs/2/z", "logs/é", "zz"];

describe("objects", () => {
  let server: TestServer;
  let s3: S3Client;
  before(async () => {
    server = await startKeywright();
    const first = connectS3(server);
    await first.send(new CreateBucketCommand({ Bucket }));
    await first.send(new PutBucketPolicyCommand({ Bucket, Policy: deliveryPolicy(Bucket) }));
    await putAll(
      server,
      ...keys.map((Key) => ({ Bucket, Key, Body: `body of ${Key}` })),
      { Bucket, Key: "empty", Body: "" },
      {
        Bucket,
        Key: "large",
        Body: large,
        ContentType: "application/json",
        ContentEncoding: "gzip",
        Metadata: { signature: "abc", "signature-algorithm": "SHA256withRSA" },
      },
    );
    s3 = connectS3(server);
  });
  after(() => server.close());

  const read = async (Key: string, Range?: string) => {
    const answer = await s3.send(new GetObjectCommand({ Bucket, Key, Range }));
    return { answer, bytes: Buffer.from((await answer.Body?.transformToByteArray()) ?? []) };
  };

  test("are described as their reader asks for it", async () => {
    const asked = {
      ResponseContentType: "text/plain",
      ResponseContentDisposition: 'attachment; filename="a"',
      ResponseCacheControl: "max-age=60",
    };
    for (const command of [
      new GetObjectCommand({ Bucket, Key: "large", ...asked }),
      new HeadObjectCommand({ Bucket, Key: "large", ...asked }),
    ]) {
      const { ContentType, ContentDisposition, CacheControl, ContentEncoding } =
        command instanceof GetObjectCommand ? await s3.send(command) : await s3.send(command);
      assert.equal(ContentType, "text/plain");
      assert.equal(ContentDisposition, 'attachment; filename="a"');
      assert.equal(CacheControl, "max-age=60");
      assert.equal(ContentEncoding, "gzip");
    }
    const injected = { Bucket, Key: "large", ResponseContentType: "a\r\nSet-Cookie: b=c" };
    await assert.rejects(s3.send(new GetObjectCommand(injected)), { name: "InvalidArgument" });
  });

  test("come back with their bytes, their headers and their metadata", async () => {
    const { answer, bytes } = await read("large");
    assert.deepEqual(bytes, large);
    assert.equal(answer.ContentLength, large.length);
    assert.equal(answer.ContentType, "application/json");
    assert.equal(answer.ContentEncoding, "gzip");
    assert.deepEqual(answer.Metadata, {
      signature: "abc",
      "signature-algorithm": "SHA256withRSA",
    });
    assert.equal(answer.ServerSideEncryption, "AES256");
    assert.match(answer.ETag ?? "", /^"[0-9a-f]{32}"$/);
    assert.equal((await read("empty")).bytes.length, 0);
  });

  for (const [range, from, to] of [
    ["bytes=0-0", 0, 1],
    ["bytes=65530-65545", 65_530, 65_546],
    ["bytes=131072-", 131_072, 200_000],
    ["bytes=-5", 199_995, 200_000],
    ["bytes=0-999999", 0, 200_000],
  ] as const)
    test(`${range} is that part of an object`, async () => {
      const { answer, bytes } = await read("large", range);
      assert.deepEqual(bytes, large.subarray(from, to));
      assert.equal(answer.ContentRange, `bytes ${from}-${to - 1}/200000`);
      assert.equal(answer.$metadata.httpStatusCode, 206);
    });

  test("a part behind the end is refused", async () => {
    await assert.rejects(read("large", "bytes=200000-"), { name: "InvalidRange" });
  });

  test("are described without their bytes", async () => {
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "large" }));
    assert.equal(head.ContentLength, large.length);
    await assert.rejects(s3.send(new HeadObjectCommand({ Bucket, Key: "nosuch" })), {
      name: "NotFound",
    });
  });

  test("are sent only when the client's conditions hold", async () => {
    const { answer } = await read("a.txt");
    const asked = { Bucket, Key: "a.txt" };
    await assert.rejects(s3.send(new GetObjectCommand({ ...asked, IfMatch: '"other"' })), {
      name: "PreconditionFailed",
    });
    const known = s3.send(new GetObjectCommand({ ...asked, IfNoneMatch: answer.ETag }));
    await assert.rejects(known, (error: { $metadata?: { httpStatusCode?: number } }) => {
      assert.equal(error.$metadata?.httpStatusCode, 304);
      return true;
    });
  });

  test("are listed in the order of their bytes, page by page, in both forms", async () => {
    const all = [...keys, "empty", "large"].toSorted((a, b) =>
      Buffer.compare(Buffer.from(a), Buffer.from(b)),
    );
    const first: string[] = [];
    let Marker: string | undefined;
    do {
      const page = await s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 3, Marker }));
      first.push(...(page.Contents ?? []).map(({ Key = "" }) => Key));
      Marker = page.IsTruncated === true ? first.at(-1) : undefined;
    } while (Marker !== undefined);
    assert.deepEqual(first, all);
    const second: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.send(
        new ListObjectsV2Command({ Bucket, MaxKeys: 3, ContinuationToken }),
      );
      second.push(...(page.Contents ?? []).map(({ Key = "" }) => Key));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    assert.deepEqual(second, all);
  });

  test("are listed by folders", async () => {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket, Prefix: "logs/", Delimiter: "/" }),
    );
    assert.deepEqual(page.CommonPrefixes, [{ Prefix: "logs/1/" }, { Prefix: "logs/2/" }]);
    assert.deepEqual(
      page.Contents?.map(({ Key }) => Key),
      ["logs/é"],
    );
    assert.equal(page.KeyCount, 3);
  });

  test("keep their bucket from being deleted, and are gone once deleted", async () => {
    await assert.rejects(s3.send(new DeleteBucketCommand({ Bucket })), { name: "BucketNotEmpty" });
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "zz" }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "zz" }));
    await assert.rejects(read("zz"), { name: "NoSuchKey" });
  });
});
