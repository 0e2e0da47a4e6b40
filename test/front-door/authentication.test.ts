import * as assert from "node:assert/strict";
import { hash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { Request, Signing, TestServer } from "./support.ts";
import {
  accessKeyId,
  assertRefused,
  header,
  kmsRequest,
  openTestServer,
  send,
  sessionToken,
  sign,
  stsRequest,
  time,
  withHeader,
} from "./support.ts";

const mismatch =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

describe("authentication", () => {
  let server: TestServer;
  before(async () => {
    server = await openTestServer();
  });
  after(() => server.close());

  const refused = (request: Request, type: string, message: string) =>
    assertRefused(server, request, type, message);
  const invalid = (request: Request, message: string) =>
    refused(request, "InvalidSignatureException", message);
  const signed = (signing: Signing = {}) => sign(kmsRequest(), signing);
  const authorized = (value: string) => withHeader(signed(), "Authorization", value);

  test("a signed request reaches its operation with region, service, caller and connection", async () => {
    const request = sign(withHeader(kmsRequest(), "User-Agent", "test/1"), { region: "eu-west-1" });
    const { status, body } = await send(server, request);
    assert.equal(status, 200);
    assert.equal(body, '{"KeyId":"k"}');
    const call = server.calls.at(-1);
    assert.equal(call?.service, "kms");
    assert.equal(call?.operation, "Encrypt");
    assert.equal(call?.region, "eu-west-1");
    assert.deepEqual(call?.connection, {
      sourceIp: "127.0.0.1",
      userAgent: "test/1",
      host: "kms.example",
      secure: false,
    });
    assert.equal((await call?.identify())?.userName, "alice");
  });

  test("an unknown access key is refused", async () => {
    for (const id of ["AKIAUNKNOWN", "a b", "__proto__"])
      await refused(
        signed({ accessKeyId: id }),
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
      );
  });

  test("a session token that does not belong to the access key is refused", async () => {
    const withToken = (token: string) => withHeader(kmsRequest(), "X-Amz-Security-Token", token);
    assert.equal((await send(server, sign(withToken(sessionToken)))).status, 200);
    for (const token of ["token", `${sessionToken}x`, ""])
      await refused(
        sign(withToken(token)),
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
      );
  });

  test("a session token must be signed", () =>
    invalid(
      withHeader(signed(), "X-Amz-Security-Token", sessionToken),
      "'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization.",
    ));

  test("a request is good for 15 minutes and may be 5 minutes ahead", async () => {
    assert.equal((await send(server, signed({ date: "20260102T024905Z" }))).status, 200);
    assert.equal((await send(server, signed({ date: "20260102T030905Z" }))).status, 200);
    await invalid(
      signed({ date: "20260102T024904Z" }),
      "Signature expired: 20260102T024904Z is now earlier than 20260102T024905Z (20260102T030405Z - 15 min.)",
    );
    await invalid(
      signed({ date: "20260102T030906Z" }),
      "Signature not yet current: 20260102T030906Z is still later than 20260102T030905Z (20260102T030405Z + 5 min.)",
    );
  });

  test("time is checked after the access key and before the signature", async () => {
    const late = { date: "20250102T030405Z", secret: "wrong" };
    await refused(
      signed({ ...late, accessKeyId: "AKIAUNKNOWN" }),
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    );
    const { body } = await send(server, signed(late));
    assert.match(body, /Signature expired/);
  });

  test("host, content type and every x-amz header must be signed", async () => {
    const withExtra = withHeader(kmsRequest(), "X-Amz-Grant-Tokens", "x");
    for (const [name, title] of [
      ["host", "Host"],
      ["content-type", "Content-Type"],
      ["x-amz-target", "X-Amz-Target"],
      ["x-amz-date", "X-Amz-Date"],
      ["x-amz-grant-tokens", "X-Amz-Grant-Tokens"],
    ] as const)
      await invalid(
        sign(withExtra, { unsigned: [name] }),
        `'${title}' must be a 'SignedHeader' in the AWS Authorization.`,
      );
  });

  test("x-amz-user-agent and a true x-amz-content-sha256 need no signature", async () => {
    const { body } = kmsRequest();
    const agent = withHeader(signed(), "X-Amz-User-Agent", "browser");
    const request = withHeader(agent, "X-Amz-Content-Sha256", hash("sha256", body));
    assert.equal((await send(server, request)).status, 200);
  });

  test("a body hash that is not the body's is refused, signed or not", async () => {
    const other = hash("sha256", "other");
    const upper = hash("sha256", kmsRequest().body).toUpperCase();
    for (const value of ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", other, upper]) {
      const request = withHeader(kmsRequest(), "X-Amz-Content-Sha256", value);
      const text = "the header `x-amz-content-sha256` is not the SHA-256 of the body";
      await invalid(sign(request), text);
      await invalid(sign(request, { unsigned: ["x-amz-content-sha256"] }), text);
    }
  });

  test("a signed header that is absent is refused", () =>
    invalid(
      withHeader(sign(withHeader(kmsRequest(), "My-Header", "x")), "My-Header", undefined),
      "the signed header `my-header` is not in the request",
    ));

  test("a decisive header given twice is refused, equal or not", async () => {
    const request = signed();
    for (const [name, value] of [
      ["Host", "kms.example"],
      ["AUTHORIZATION", header(request, "authorization")],
      ["content-type", "application/x-amz-json-1.1"],
      ["x-amz-target", "TrentService.Decrypt"],
      ["X-Amz-Date", time],
      ["x-amz-anything", "1"],
    ] as const) {
      const twice = name === "x-amz-anything" ? [...request.headers, [name, value] as const] : [];
      const headers = [...(twice.length > 0 ? twice : request.headers), [name, value] as const];
      await invalid({ ...request, headers }, `the header \`${name.toLowerCase()}\` is given twice`);
    }
  });

  test("another header given twice is signed as one", async () => {
    const request = sign(withHeader(kmsRequest(), "My-Header", "a,b"));
    const headers = withHeader(request, "My-Header", undefined).headers;
    const split = { ...request, headers: [...headers, ["My-Header", "a"], ["my-header", " b "]] };
    assert.equal((await send(server, split as Request)).status, 200);
  });

  test("a captured Encrypt cannot be replayed as another operation", async () => {
    const captured = signed();
    await invalid(withHeader(captured, "X-Amz-Target", "TrentService.Decrypt"), mismatch);
    const unsigned = sign(kmsRequest(), { unsigned: ["x-amz-target"] });
    await invalid(
      withHeader(unsigned, "X-Amz-Target", "TrentService.Decrypt"),
      "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.",
    );
  });

  test("a change of body, query, method, host, date or signature breaks the signature", async () => {
    const request = signed();
    const authorization = header(request, "authorization");
    const signature = authorization.slice(-64);
    for (const changed of [
      { ...request, body: '{"KeyId":"l"}' },
      { ...request, body: `${request.body} ` },
      { ...request, target: "/?a=b" },
      { ...request, target: "/?%zz" },
      withHeader(request, "Host", "kms.other"),
      withHeader(request, "X-Amz-Date", "20260102T030406Z"),
      withHeader(request, "Authorization", authorization.replace("us-east-1", "us-east-2")),
      authorized(authorization.replace(signature, "0".repeat(64))),
      authorized(authorization.replace(signature, signature.toUpperCase())),
      authorized(authorization.replace(signature, `${signature}00`)),
      authorized(authorization.replace(signature, signature.slice(2))),
      authorized(authorization.replace(signature, "x")),
      sign(kmsRequest(), { secret: "another" }),
    ])
      await invalid(changed, mismatch);
  });

  test("another path or method leads nowhere, signed or not", async () => {
    for (const change of [
      { target: "/x" },
      { target: "/./" },
      { target: "//" },
      { target: "/%2f" },
      { method: "PUT" },
    ]) {
      const { status, body } = await send(server, sign({ ...kmsRequest(), ...change }));
      assert.equal(status, 404);
      assert.equal(body, "<UnknownOperationException/>\n");
    }
  });

  test("a query string is part of what is signed, in canonical order", async () => {
    const request = sign({ ...kmsRequest(), target: "/?b=2&a=1&c" });
    assert.equal((await send(server, request)).status, 200);
    assert.equal((await send(server, { ...request, target: "/?a=1&b=2&c=" })).status, 200);
  });

  test("the credential of one protocol's service does not open the other", async () => {
    const { status, body } = await send(server, sign(stsRequest(), { service: "kms" }));
    assert.equal(status, 403);
    assert.match(body, /Credential should be scoped to correct service: &apos;sts&apos;\. </);
  });

  test("the signing key in use follows the secret", async () => {
    let secret = "first";
    const caller = server.calls[0]?.identify;
    assert.ok(caller);
    const known = await caller();
    const rotating = await openTestServer({
      credentials: {
        find: async () => ({ accessKeyId, secret: Buffer.from(secret), caller: known }),
      },
    });
    assert.equal((await send(rotating, signed({ secret: "first" }))).status, 200);
    secret = "second";
    assert.equal((await send(rotating, signed({ secret: "first" }))).status, 400);
    assert.equal((await send(rotating, signed({ secret: "second" }))).status, 200);
    await rotating.close();
  });
});
