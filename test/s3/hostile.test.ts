import * as assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CreateBucketCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { AwsError } from "../../src/base/errors.ts";
import { closedFrontDoor } from "../../src/server/front-door.ts";
import { readHeaders } from "../../src/server/headers.ts";
import type { TestServer } from "../support/keywright.ts";
import { startKeywright } from "../support/keywright.ts";
import type { RawAnswer, RawRequest } from "./raw.ts";
import { sendRaw } from "./raw.ts";
import { connectS3, deliveryPolicy, putAll } from "./support.ts";

const Bucket = "hostile-bucket";
const odd = [
  "../../secret",
  "/",
  "//",
  "a//b",
  ".",
  "..",
  "%2F",
  "a\nb",
  "<x>&\"'",
  "é".repeat(512),
];

describe("hostile requests", () => {
  let server: TestServer;
  before(async () => {
    server = await startKeywright();
    const s3 = connectS3(server);
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: deliveryPolicy(Bucket) }));
    await putAll(server, ...odd.map((Key) => ({ Bucket, Key, Body: `body of ${Key}` })));
  });
  after(() => server.close());

  async function expect(raw: RawRequest, status: number, code?: string): Promise<RawAnswer> {
    const answer = await sendRaw(server, raw);
    assert.equal(answer.status, status, answer.body);
    if (code !== undefined) assert.match(answer.body, new RegExp(`<Code>${code}</Code>`));
    return answer;
  }
  const pathOf = (key: string): string => `/${Bucket}/${key.split("/").map(strictly).join("/")}`;

  for (const key of odd)
    test(`the key ${JSON.stringify(key.slice(0, 12))} is a key like any other`, async () => {
      const { body } = await expect({ path: pathOf(key) }, 200);
      assert.equal(body, `body of ${key}`);
    });

  test("no key leads out of the folder of objects", () => {
    assert.equal(existsSync(join(server.folder, "..", "secret")), false);
    assert.equal(existsSync(join(server.folder, "..", "..", "secret")), false);
  });

  test("keys stand in listings so that they can be told apart", async () => {
    const plain = await expect({ path: `/${Bucket}` }, 200);
    assert.match(plain.body, /<Key>&lt;x&gt;&amp;&quot;&apos;<\/Key>/);
    const encoded = await expect({ path: `/${Bucket}`, query: "encoding-type=url" }, 200);
    assert.match(encoded.body, /<Key>a%0Ab<\/Key>/);
  });

  for (const [what, raw, status, code] of [
    ["a key with NUL", { path: `/${Bucket}/a%00b` }, 400, "InvalidURI"],
    ["a key of 1,025 bytes", { path: `/${Bucket}/${"k".repeat(1_025)}` }, 400, "KeyTooLongError"],
    ["a bad escape", { path: `/${Bucket}/%zz` }, 403, "SignatureDoesNotMatch"],
    ["bytes that are no text", { path: `/${Bucket}/%ff` }, 403, "SignatureDoesNotMatch"],
    [
      "another path than the signed one",
      { path: `/${Bucket}/a`, signedPath: `/${Bucket}/b` },
      403,
      "SignatureDoesNotMatch",
    ],
    [
      "a body that is not the hashed one",
      { method: "DELETE", path: `/${Bucket}/a`, body: "x", bodyHash: "0".repeat(64) },
      400,
      "XAmzContentSHA256Mismatch",
    ],
    [
      "an unsigned body without TLS",
      { method: "PUT", path: "/new-bucket", body: "<a/>", bodyHash: "UNSIGNED-PAYLOAD" },
      400,
      "InvalidRequest",
    ],
    [
      "a body in pieces",
      {
        method: "PUT",
        path: `/${Bucket}/a`,
        body: "x",
        bodyHash: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
      },
      501,
      "NotImplemented",
    ],
    [
      "an object from a client",
      { method: "PUT", path: `/${Bucket}/a`, body: "x" },
      501,
      "NotImplemented",
    ],
    [
      "a copy",
      { method: "PUT", path: "/copied-bucket", headers: { "x-amz-copy-source": "a/b" } },
      501,
      "NotImplemented",
    ],
    ["an operation that is not there", { path: `/${Bucket}`, query: "acl" }, 501, "NotImplemented"],
    [
      "a version of an object",
      { path: `/${Bucket}/a`, query: "versionId=1" },
      501,
      "NotImplemented",
    ],
    [
      "two operations at once",
      { path: `/${Bucket}`, query: "location&policy" },
      501,
      "NotImplemented",
    ],
    [
      "a parameter twice",
      { path: `/${Bucket}`, query: "prefix=a&prefix=b" },
      400,
      "InvalidRequest",
    ],
    [
      "a method that is not there",
      { method: "PATCH", path: `/${Bucket}/a` },
      405,
      "MethodNotAllowed",
    ],
    [
      "a policy that is not JSON",
      { method: "PUT", path: `/${Bucket}`, query: "policy", body: "{" },
      400,
      "MalformedPolicy",
    ],
    [
      "a policy of 20,481 bytes",
      { method: "PUT", path: `/${Bucket}`, query: "policy", body: " ".repeat(20_481) },
      400,
      "MalformedPolicy",
    ],
    [
      "XML that is none",
      { method: "PUT", path: "/another-bucket", body: "<a>" },
      400,
      "MalformedXML",
    ],
    [
      "XML that refers to a file",
      {
        method: "PUT",
        path: "/another-bucket",
        body: '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><LocationConstraint>&x;</LocationConstraint></a>',
      },
      400,
      "MalformedXML",
    ],
    [
      "a structure where text belongs",
      {
        method: "PUT",
        path: "/another-bucket",
        body: "<a><LocationConstraint><b/></LocationConstraint></a>",
      },
      400,
      "InvalidRequest",
    ],
    [
      "a bucket name that is none",
      { path: "/..%2f..%2fetc/passwd", signedPath: "/../../etc/passwd" },
      404,
      "NoSuchBucket",
    ],
    [
      "a bad number of keys",
      { path: `/${Bucket}`, query: "max-keys=many" },
      400,
      "InvalidArgument",
    ],
    [
      "a token of our making",
      { path: `/${Bucket}`, query: "continuation-token=x&list-type=2" },
      400,
      "InvalidArgument",
    ],
    ["a bad encoding", { path: `/${Bucket}`, query: "encoding-type=gzip" }, 400, "InvalidArgument"],
  ] as const)
    test(`${what} is refused`, async () => {
      await expect(raw, status, code);
    });

  test("a header twice is refused", async () => {
    const raw = { path: `/${Bucket}`, headers: { "x-amz-meta-a": "1", "X-Amz-Meta-A": "2" } };
    const answer = await sendRaw(server, raw);
    assert.ok(answer.status === 403 || answer.status === 400, String(answer.status));
  });

  test("a request that is signed for S3 reaches no other service", async () => {
    for (const headers of [
      { "content-type": "application/x-amz-json-1.1", "x-amz-target": "TrentService.ListKeys" },
      { "content-type": "application/x-www-form-urlencoded" },
    ]) {
      const raw = {
        method: "POST",
        path: "/",
        body: "Action=ListUsers&Version=2010-05-08",
        headers,
      };
      await expect(raw, 405, "MethodNotAllowed");
    }
  });

  test("what is closed is closed in S3's words, too", async () => {
    const door = closedFrontDoor(new AwsError("ServiceUnavailableException", "sealed"));
    const { status, body } = await door({
      method: "GET",
      target: "/b?list-type=2",
      headers: readHeaders([
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request",
      ]),
      body: new Uint8Array(),
      connection: { sourceIp: "", userAgent: "", host: "", secure: false },
      requestId: "id",
    });
    assert.equal(status, 503);
    assert.match(String(body), /<Code>ServiceUnavailable<\/Code>.*<Resource>\/b<\/Resource>/);
  });

  test("a HEAD that is refused has no body", async () => {
    const { body } = await expect({ method: "HEAD", path: `/${Bucket}/nosuch` }, 404);
    assert.equal(body, "");
  });

  test("no answer is a fault of ours, whatever the path and the query", async () => {
    const pieces = [
      "a",
      "/",
      "..",
      "%00",
      "%2F",
      "%25",
      "+",
      ";",
      "é",
      "?",
      "=",
      "&",
      "policy",
      "list-type=2",
    ];
    let seed = 1;
    const draw = (): string => {
      seed = (seed * 48_271) % 2_147_483_647;
      return pieces[seed % pieces.length] ?? "";
    };
    for (let round = 0; round < 300; round++) {
      const path = `/${Array.from({ length: 1 + (round % 6) }, draw).join("")}`.replaceAll(
        /[?é]/g,
        "",
      );
      const query = Array.from({ length: round % 4 }, draw)
        .join("")
        .replaceAll(/[?é]/g, "");
      const methods = ["GET", "HEAD", "PUT", "POST", "DELETE"];
      const method = methods[round % methods.length] ?? "GET";
      const { status } = await sendRaw(server, { method, path, query });
      assert.ok(status < 500 || status === 501, `${method} ${path} ${query}: ${status}`);
    }
  });
});

function strictly(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
