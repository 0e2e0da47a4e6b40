import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SigningKeys } from "../crypto/signing-key.ts";
import { readHeaders } from "./headers.ts";
import type { SignedMessage } from "./sigv4.ts";
import { s3Signatures } from "./sigv4-s3.ts";

/** The examples of the Amazon S3 API Reference, "Authenticating Requests (AWS Signature Version 4)". */
const credential = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";
const signer = { secret: Buffer.from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY") };
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const host = ["Host", "examplebucket.s3.amazonaws.com"];
const date = ["x-amz-date", "20130524T000000Z"];
const signedAt = new Date("2013-05-24T00:00:00Z");
const rules = { signingNames: ["s3"] };

function verify(message: SignedMessage, { now = signedAt, secure = true } = {}): void {
  s3Signatures(secure)(message, rules).verify(signer, now, new SigningKeys());
}

interface Example {
  readonly name: string;
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly more?: readonly string[];
  readonly body?: string;
  readonly bodyHash?: string;
  readonly signedHeaders?: string;
  readonly signature: string;
}

const examples: readonly Example[] = [
  {
    name: "GET of an object's part",
    path: "/test.txt",
    more: ["Range", "bytes=0-9"],
    signedHeaders: "host;range;x-amz-content-sha256;x-amz-date",
    signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  },
  {
    name: "PUT of an object whose name is sent as it is signed",
    method: "PUT",
    path: "/test%24file.text",
    more: ["Date", "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class", "REDUCED_REDUNDANCY"],
    body: "Welcome to Amazon S3.",
    bodyHash: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
    signedHeaders: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
    signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
  },
  {
    name: "PUT of an object whose name is sent in another spelling",
    method: "PUT",
    path: "/test$file.text",
    more: ["Date", "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class", "REDUCED_REDUNDANCY"],
    body: "Welcome to Amazon S3.",
    bodyHash: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
    signedHeaders: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
    signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
  },
  {
    name: "GET of a bucket's lifecycle",
    query: "lifecycle",
    signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
  },
  {
    name: "GET of a listing",
    query: "max-keys=2&prefix=J",
    signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  },
];

function messageOf(example: Example): SignedMessage {
  const { method = "GET", path = "/", query = "", more = [], body = "" } = example;
  const { signedHeaders = "host;x-amz-content-sha256;x-amz-date", signature } = example;
  const hash = ["x-amz-content-sha256", example.bodyHash ?? emptyHash];
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${signedHeaders},Signature=${signature}`;
  const raw = [...host, ...date, ...hash, ...more, "Authorization", authorization];
  return { method, path, query, headers: readHeaders(raw), body: Buffer.from(body) };
}

const presigned =
  `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(credential)}` +
  "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host" +
  "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

const url = (query = presigned, method = "GET"): SignedMessage => ({
  ...{ method, path: "/test.txt", query, headers: readHeaders(host) },
  body: Buffer.alloc(0),
});

describe("S3's published examples", () => {
  for (const example of examples)
    test(`${example.name} is signed as AWS signs it`, () => {
      verify(messageOf(example));
      const digit = example.signature.startsWith("0") ? "1" : "0";
      const forged = { ...example, signature: digit + example.signature.slice(1) };
      assert.throws(() => verify(messageOf(forged)), { name: "InvalidSignatureException" });
    });

  test("the presigned URL is signed as AWS signs it", () => verify(url()));
});

describe("a presigned URL", () => {
  test("ends with its life", () => {
    verify(url(), { now: new Date("2013-05-24T23:59:59Z") });
    assert.throws(() => verify(url(), { now: new Date("2013-05-25T00:00:01Z") }), {
      name: "AccessDeniedException",
      message: "Request has expired",
    });
  });

  test("cannot live longer than it says", () => {
    const longer = presigned.replace("86400", "86401");
    assert.throws(() => verify(url(longer)), { name: "InvalidSignatureException" });
    const longest = presigned.replace("86400", "604801");
    assert.throws(() => verify(url(longest)), { name: "AuthorizationQueryParametersError" });
  });

  test("writes nothing", () => {
    for (const method of ["PUT", "DELETE", "POST"])
      assert.throws(() => verify(url(presigned, method)), {
        name: "AuthorizationQueryParametersError",
      });
  });

  test("has each parameter once", () => {
    const twice = `${presigned}&x-amz-expires=1`;
    assert.throws(() => verify(url(twice)), { name: "AuthorizationQueryParametersError" });
  });

  test("is not believed beside an Authorization header", () => {
    const [example] = examples;
    assert.ok(example);
    const both = { ...messageOf(example), query: presigned };
    assert.throws(() => verify(both), { name: "InvalidSignatureException" });
  });
});

describe("the hash of a body", () => {
  const claiming = (bodyHash: string, body = "") =>
    messageOf({ name: "", signature: "0".repeat(64), bodyHash, body });

  test("must be there", () => {
    const [example] = examples;
    assert.ok(example);
    const message = messageOf({ ...example, signedHeaders: "host;x-amz-date" });
    const names = [...message.headers.keys()].filter((name) => !name.endsWith("sha256"));
    const headers = readHeaders(names.flatMap((name) => [name, message.headers.get(name) ?? ""]));
    assert.throws(() => verify({ ...message, headers }), { name: "InvalidRequest" });
  });

  test("must be the body's", () => {
    assert.throws(() => verify(claiming(emptyHash, "other")), {
      name: "XAmzContentSHA256Mismatch",
    });
  });

  test("may be left out over TLS, and for no body", () => {
    const unsigned = claiming("UNSIGNED-PAYLOAD", "body");
    assert.throws(() => verify(unsigned, { secure: false }), { name: "InvalidRequest" });
    assert.throws(() => verify(unsigned), { name: "InvalidSignatureException" });
    const empty = claiming("UNSIGNED-PAYLOAD");
    assert.throws(() => verify(empty, { secure: false }), { name: "InvalidSignatureException" });
  });

  test("cannot be one of pieces", () => {
    const pieces = claiming("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "body");
    assert.throws(() => verify(pieces), { name: "NotImplemented" });
  });
});

test("a request of another quarter of an hour is refused", () => {
  const [example] = examples;
  assert.ok(example);
  for (const minutes of [-16, 16]) {
    const now = new Date(signedAt.getTime() + minutes * 60_000);
    assert.throws(() => verify(messageOf(example), { now }), { name: "RequestTimeTooSkewed" });
  }
});
