import * as assert from "node:assert/strict";
import type * as crypto from "node:crypto";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { mock, test } from "node:test";
import { PreparedHmac } from "../crypto/prepared-hmac.ts";
import { SigningKeys } from "../crypto/signing-key.ts";
import { readHeaders } from "./headers.ts";
import type { SignedMessage } from "./sigv4.ts";
import { readSignature } from "./sigv4.ts";

const signer = { secret: Buffer.from("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY") };
const rules = { signingNames: ["service"] };
const now = new Date("2015-08-30T12:36:00Z");
// The published case post-vanilla.
const published = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";

function message(signature: string): SignedMessage {
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`;
  const headers = ["Host", "example.amazonaws.com", "X-Amz-Date", "20150830T123600Z"];
  return {
    method: "POST",
    path: "/",
    query: "",
    headers: readHeaders([...headers, "Authorization", authorization]),
    body: Buffer.alloc(0),
  };
}

test("a signature is compared in constant time, over 32 bytes", (context) => {
  const builtin = createRequire(import.meta.url)("node:crypto") as typeof crypto;
  const compare = mock.method(builtin, "timingSafeEqual");
  syncBuiltinESMExports();
  context.after(() => {
    compare.mock.restore();
    syncBuiltinESMExports();
  });
  readSignature(message(published), rules).verify(signer, now, new SigningKeys());
  const wrong = readSignature(message("0".repeat(64)), rules);
  assert.throws(() => wrong.verify(signer, now, new SigningKeys()), {
    name: "InvalidSignatureException",
  });
  const lengths = compare.mock.calls.map(({ arguments: [a, b] }) => [a.byteLength, b.byteLength]);
  assert.deepEqual(lengths, [
    [32, 32],
    [32, 32],
  ]);
});

test("a signing key is kept only after a right signature, and only for its signer", () => {
  const keys = new SigningKeys();
  const scope = "20150830/us-east-1/service/aws4_request";
  const wrong = readSignature(message("0".repeat(64)), rules);
  assert.throws(() => wrong.verify(signer, now, keys));
  assert.equal(keys.find(signer, scope), undefined);
  readSignature(message(published), rules).verify(signer, now, keys);
  assert.ok(keys.find(signer, scope));
  assert.equal(keys.find({ ...signer }, scope), undefined);
  readSignature(message(published), rules).verify(signer, now, keys);
});

test("a signer keeps a bounded number of signing keys", () => {
  const keys = new SigningKeys();
  const key = new PreparedHmac(Buffer.alloc(32));
  for (let count = 0; count < 100; count++) keys.keep(signer, `scope ${count}`, key);
  const kept = Array.from({ length: 100 }, (_, at) => keys.find(signer, `scope ${at}`));
  assert.ok(kept.filter((each) => each !== undefined).length <= 8);
  assert.ok(keys.find(signer, "scope 99"));
});
