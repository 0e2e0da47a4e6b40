import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, afterEach, test } from "node:test";
import { readCiphertext } from "../../src/keystore/xks/answers.ts";
import type { XksProxy, XksProxyOptions } from "../../src/keystore/xks/proxy.ts";
import { makeAuthority } from "../support/authority.ts";
import type { Json, TestProxy } from "../support/xks-proxy.ts";
import { startXksProxy } from "../support/xks-proxy.ts";
import { connectTo, failsAs, hostsOf } from "./xks-client.ts";

const authority = makeAuthority();
const proxy = await startXksProxy(authority);
proxy.addKey("key-1");
const clients: XksProxy[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  proxy.fault = undefined;
  proxy.health = ["ACTIVE"];
  proxy.metadataLength = 0;
});
after(async () => {
  await proxy.close();
  authority.remove();
});

function connect(changed: Partial<XksProxyOptions> = {}, to: TestProxy = proxy): XksProxy {
  const client = connectTo(to, authority, changed);
  clients.push(client);
  return client;
}

const call = { requestId: "request-1", operation: "Encrypt" };
const keyCall = {
  ...call,
  principalArn: "arn:aws:iam::111122223333:user/alice",
  keyArn: "arn:aws:kms:eu-north-1:111122223333:key/1",
};
const plaintext = Buffer.from("inner ciphertext");
const bound = Buffer.from("header and context");

test("what the external key encrypts it decrypts, with and without metadata of the proxy", async () => {
  for (proxy.metadataLength of [0, 1, 20]) {
    const client = connect();
    const sealed = await client.encrypt("key-1", keyCall, plaintext, bound);
    assert.equal(sealed.metadata.length, proxy.metadataLength);
    assert.deepEqual(await client.decrypt("key-1", keyCall, sealed, bound), plaintext);
    await assert.rejects(
      client.decrypt("key-1", keyCall, sealed, Buffer.from("other")),
      failsAs("InvalidCiphertextException"),
    );
  }
});

test("the proxy is told who asks for which key, request and operation, and nothing else", async () => {
  proxy.asked.length = 0;
  const client = connect();
  await client.health(call);
  await client.metadata("key-1", { ...keyCall, keyArn: undefined });
  await client.encrypt("key-1", { ...keyCall, viaService: "ebs" }, plaintext, bound);
  const metadata = { kmsRequestId: "request-1", kmsOperation: "Encrypt" };
  const principal = { ...metadata, awsPrincipalArn: keyCall.principalArn };
  assert.deepEqual(
    proxy.asked.map(({ path, body }) => [path, body["requestMetadata"]]),
    [
      ["/kms/xks/v1/health", metadata],
      ["/kms/xks/v1/keys/key-1/metadata", principal],
      [
        "/kms/xks/v1/keys/key-1/encrypt",
        { ...principal, kmsKeyArn: keyCall.keyArn, kmsViaService: "ebs" },
      ],
    ],
  );
});

test("calls share a connection, and one that the proxy closed meanwhile is replaced unnoticed", async () => {
  proxy.asked.length = 0;
  const client = connect();
  await client.health(call);
  await client.health(call);
  proxy.closeIdleConnections();
  await client.health(call);
  const [first, second, third] = proxy.asked.map(({ clientPort }) => clientPort);
  assert.equal(first, second);
  assert.notEqual(second, third);
});

test("a wrong credential is refused by the proxy: the signature counts", async () => {
  for (const changed of [
    { secret: Buffer.from("x".repeat(43)) },
    { accessKeyId: "ZYXWVUTSRQPONMLKJIHG" },
  ])
    await assert.rejects(connect(changed).health(call), failsAs("AuthenticationFailedException"));
});

test("every error of the API arrives as itself, and only with its own status", async () => {
  const errors = [
    ["ValidationException", 400],
    ["InvalidStateException", 400],
    ["InvalidCiphertextException", 400],
    ["InvalidKeyUsageException", 400],
    ["AuthenticationFailedException", 401],
    ["AccessDeniedException", 403],
    ["KeyNotFoundException", 404],
    ["InvalidUriPathException", 404],
    ["ThrottlingException", 429],
    ["UnsupportedOperationException", 501],
    ["DependencyTimeoutException", 503],
    ["InternalException", 500],
  ] as const;
  const client = connect();
  for (const [errorName, status] of errors) {
    proxy.fault = { kind: "error", status, errorName };
    await assert.rejects(client.encrypt("key-1", keyCall, plaintext, bound), failsAs(errorName));
    proxy.fault = { kind: "error", status: status + 1, errorName };
    await assert.rejects(client.health(call), failsAs("Malformed"));
  }
  proxy.fault = { kind: "error", status: 400, errorName: "constructor" };
  await assert.rejects(client.health(call), failsAs("Malformed"));
});

test("an encryption that was changed on the way is refused by its integrity value", async () => {
  const client = connect();
  proxy.metadataLength = 4;
  const flip = (name: string) => (answer: Json) => {
    const bytes = Buffer.from(String(answer[name]), "base64");
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    return { ...answer, [name]: bytes.toString("base64") };
  };
  for (const name of [
    "ciphertext",
    "initializationVector",
    "authenticationTag",
    "ciphertextMetadata",
    "ciphertextDataIntegrityValue",
  ]) {
    proxy.fault = { kind: "change", change: flip(name) };
    await assert.rejects(client.encrypt("key-1", keyCall, plaintext, bound), failsAs("Malformed"));
  }
});

test("an answer that is not as the API says is refused, whatever is wrong with it", async () => {
  const client = connect();
  const raw = ["", "null", "[]", "<html>", '{"a":1,"a":2}', "{}", `{"x":"${"x".repeat(70_000)}"}`];
  for (const body of raw) {
    proxy.fault = { kind: "raw", status: 200, body };
    await assert.rejects(client.health(call), failsAs("Malformed"));
  }
  proxy.fault = { kind: "change", change: (answer) => ({ ...answer, x: "x".repeat(70_000) }) };
  await assert.rejects(client.health(call), failsAs("Malformed"));
  proxy.fault = { kind: "change", change: (answer) => ({ ...answer, x: "x".repeat(60_000) }) };
  await client.health(call);
  const encryption = { bytes: Buffer.alloc(16).toString("base64") };
  const changes: readonly Json[] = [
    { ciphertext: "" },
    { ciphertext: "not base64" },
    { ciphertext: 1 },
    { ciphertext: undefined },
    { initializationVector: encryption.bytes.slice(0, 8) },
    { authenticationTag: encryption.bytes.slice(0, 8) },
    { ciphertextMetadata: Buffer.alloc(21).toString("base64") },
    { ciphertextDataIntegrityValue: undefined },
  ];
  for (const changed of changes) {
    proxy.fault = { kind: "change", change: (answer) => ({ ...answer, ...changed }) };
    await assert.rejects(client.encrypt("key-1", keyCall, plaintext, bound), failsAs("Malformed"));
  }
});

test("lengths are checked even where the integrity value is true", () => {
  const answer = (ciphertext: number, iv: number, tag: number, metadata: number): Json => {
    const parts = {
      ciphertextMetadata: Buffer.alloc(metadata),
      initializationVector: Buffer.alloc(iv),
      ciphertext: Buffer.alloc(ciphertext),
      authenticationTag: Buffer.alloc(tag),
    };
    const integrity = createHash("sha256").update(bound);
    for (const part of Object.values(parts)) integrity.update(part);
    const texts = Object.entries(parts).map(([name, bytes]): [string, string] => [
      name,
      bytes.toString("base64"),
    ]);
    texts.push(["ciphertextDataIntegrityValue", integrity.digest("base64")]);
    return Object.fromEntries<string>(texts);
  };
  const read = (value: Json) => readCiphertext(value as Record<string, string>, 16, bound);
  assert.doesNotThrow(() => read(answer(16, 12, 16, 0)));
  assert.doesNotThrow(() => read(answer(16, 16, 16, 20)));
  const wrong: readonly Parameters<typeof answer>[] = [
    [15, 12, 16, 0],
    [17, 12, 16, 0],
    [16, 11, 16, 0],
    [16, 13, 16, 0],
    [16, 12, 15, 0],
    [16, 12, 12, 0],
    [16, 12, 16, 21],
  ];
  for (const lengths of wrong) assert.throws(() => read(answer(...lengths)), failsAs("Malformed"));
});

test("the integrity value is that of the specification's example", () => {
  // XKS proxy API 1.0.3, section "Encrypt" and appendix C.
  const answer = {
    authenticationTag: "vBxN2ncH1oEkR8WVXpmyYQ==",
    ciphertext: "ghxkK1txeDNn3q8Y",
    ciphertextDataIntegrityValue: "qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc=",
    ciphertextMetadata: "a2V5X3ZlcnNpb249MQ==",
    initializationVector: "HMrlRw85cAJUd5Ax",
  };
  const example = Buffer.from("project=nile,department=marketing");
  assert.equal(readCiphertext(answer, 12, example).ciphertext.length, 12);
  assert.throws(() => readCiphertext(answer, 12, bound), failsAs("Malformed"));
});

test("health needs one key manager that answers, and every member of the API", async () => {
  const client = connect();
  for (proxy.health of [["UNAVAILABLE"], ["UNAVAILABLE", "UNAVAILABLE"]])
    await assert.rejects(client.health(call), failsAs("Unhealthy"));
  for (proxy.health of [["DEGRADED"], ["UNAVAILABLE", "ACTIVE"]]) await client.health(call);
  for (proxy.health of [[], ["BROKEN"], new Array<string>(11).fill("ACTIVE")])
    await assert.rejects(client.health(call), failsAs("Malformed"));
  proxy.health = ["ACTIVE"];
  for (const name of ["xksProxyFleetSize", "xksProxyVendor", "xksProxyModel", "ekmVendor"]) {
    proxy.fault = { kind: "change", change: (answer) => ({ ...answer, [name]: undefined }) };
    await assert.rejects(client.health(call), failsAs("Malformed"));
  }
});

test("a redirect is not followed", async () => {
  const other = await startXksProxy(authority);
  proxy.fault = { kind: "redirect", location: `https://127.0.0.1:${other.port}/kms/xks/v1/health` };
  await assert.rejects(connect().health(call), failsAs("Malformed"));
  assert.deepEqual(other.asked, []);
  await other.close();
});

test("a proxy that is too slow, or stops in the middle of its answer, is given up", async () => {
  for (proxy.fault of [{ kind: "slow", milliseconds: 2_000 }, { kind: "stalled" }] as const)
    await assert.rejects(connect({ timeout: 200 }).health(call), failsAs("TimedOut"));
});

test("connections that break and TLS that fails are told apart", async () => {
  proxy.fault = { kind: "reset" };
  await assert.rejects(connect().health(call), failsAs("Tcp"));
  proxy.fault = undefined;
  const nobody = hostsOf(`${proxy.host}=127.0.0.1:1`);
  await assert.rejects(connect({ hosts: nobody }).health(call), failsAs("Tcp"));

  const stranger = makeAuthority();
  await assert.rejects(connect({ tls: { ca: stranger.certificate } }).health(call), failsAs("Tls"));
  await assert.rejects(connect({ tls: {} }).health(call), failsAs("Tls"));
  const wrongName = {
    endpoint: "https://other.example.test",
    hosts: hostsOf(`other.example.test=127.0.0.1:${proxy.port}`),
  };
  await assert.rejects(connect(wrongName).health(call), failsAs("Tls"));
  stranger.remove();
});

test("only TLS 1.2 and later with the suites of the API is spoken", async () => {
  const allowed = [
    { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384" },
    { ciphers: "TLS_CHACHA20_POLY1305_SHA256" },
  ] as const;
  const refused = [
    { maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" },
    { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" },
    { ciphers: "TLS_AES_128_GCM_SHA256" },
  ] as const;
  for (const options of [...allowed, ...refused]) {
    const other = await startXksProxy(authority, options);
    const answer = connect({}, other).health(call);
    if (allowed.some((each) => each === options)) await answer;
    else await assert.rejects(answer, failsAs("Tls"));
    await other.close();
  }
});

test("a proxy that asks for a certificate of the client gets ours, and refuses without", async () => {
  const strict = await startXksProxy(authority, { clients: authority });
  strict.addKey("key-1");
  const client = authority.issue("cks.kms.eu-north-1.amazonaws.com");
  const tls = { ca: authority.certificate, client };
  await connect({ tls }, strict).health(call);
  assert.equal(strict.asked[0]?.clientCertificate, "cks.kms.eu-north-1.amazonaws.com");
  await assert.rejects(connect({}, strict).health(call), failsAs("Tls"));
  await strict.close();
});

test("an id of an external key that is a step in the path is refused before anything is sent", async () => {
  proxy.asked.length = 0;
  const client = connect();
  for (const id of ["..", ".", "", "a/b", "a%2fb", "x".repeat(129)])
    await assert.rejects(client.metadata(id, keyCall), failsAs("KeyNotFoundException"));
  assert.deepEqual(proxy.asked, []);
});
