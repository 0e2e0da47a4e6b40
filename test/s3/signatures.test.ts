import * as assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { TestServer } from "../support/keywright.ts";
import { startKeywright } from "../support/keywright.ts";
import { sendRaw, sendUnsigned } from "./raw.ts";

const Bucket = "bucket-of-signatures";

describe("requests that do not prove who sent them", () => {
  let server: TestServer;
  before(async () => {
    server = await startKeywright();
  });
  after(() => server.close());

  test("a request without a signature is denied in S3's words where the host is S3's", async () => {
    const { port } = new URL(server.url);
    const { status, body } = await sendUnsigned(server, `s3.example.com:${port}`, `/${Bucket}`);
    assert.equal(status, 403);
    assert.match(body, /<Error><Code>AccessDenied<\/Code>/);
  });

  test("a signature of before Version 4 is refused in S3's words, whatever the host", async () => {
    const old = "AWSAccessKeyId=AKIDEXAMPLE&Signature=3vnXkTj%2BCrYFV5i%3D&Expires=1795444463";
    const { host } = new URL(server.url);
    const presigned = await sendUnsigned(server, host, `/${Bucket}/a?${old}`);
    const signed = await sendUnsigned(server, host, `/${Bucket}/a`, "AWS AKIDEXAMPLE:3vnXkTj=");
    for (const { status, body } of [presigned, signed]) {
      assert.equal(status, 400);
      assert.match(
        body,
        /<Code>InvalidRequest<\/Code><Message>The authorization mechanism you have provided is not supported\. Please use AWS4-HMAC-SHA256\.</,
      );
    }
    const other = await sendUnsigned(
      server,
      host,
      "/?Action=ListUsers&AWSAccessKeyId=A&Signature=b",
    );
    assert.match(other.body, /<ErrorResponse /);
  });

  test("who is not known, and a wrong signature, are told so in S3's words", async () => {
    for (const [raw, code, text] of [
      [
        { signedPath: "/b" },
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
      ],
      [
        { accessKeyId: "AKIAUNKNOWN" },
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records.",
      ],
    ] as const) {
      const { status, body } = await sendRaw(server, { path: `/${Bucket}/a`, ...raw });
      assert.equal(status, 403);
      assert.ok(body.includes(`<Code>${code}</Code><Message>${text}</Message>`), body);
    }
  });
});
