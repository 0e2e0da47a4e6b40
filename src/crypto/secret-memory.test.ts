import * as assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { describe, test } from "node:test";
import { deriveKey } from "./kbkdf.ts";
import { edwards25519, hmacKey, symmetricKey } from "./key-pairs.ts";
import { randomBytes } from "./random.ts";
import { open, seal } from "./seal.ts";

/** Whether bytes stand in V8's heap, whose collector moves them and leaves copies that nobody can wipe: asked for, they leave it. */
function isInHeap(bytes: Uint8Array): boolean {
  const before = process.memoryUsage().arrayBuffers;
  void bytes.buffer;
  return process.memoryUsage().arrayBuffers > before;
}

describe("secrets stand outside V8's heap, so that wiping them wipes all", () => {
  test("this test sees what does not", () => {
    assert.ok(isInHeap(Buffer.alloc(32)));
  });

  test("keys that are derived", () => {
    assert.ok(!isInHeap(deriveKey(randomBytes(32), "a label")));
  });

  test("keys that are drawn", async () => {
    assert.ok(!isInHeap((await symmetricKey.generate()).secret));
    assert.ok(!isInHeap((await hmacKey(28).generate()).secret));
  });

  test("keys that are imported", async () => {
    const accepted = await symmetricKey.accept(randomBytes(32));
    assert.ok(accepted && !isInHeap(accepted.secret));
  });

  test("private keys of 48 bytes", async () => {
    const { secret } = await edwards25519.generate();
    const pkcs8 = createPrivateKey({ key: secret, format: "der", type: "pkcs8" });
    const bytes = pkcs8.export({ format: "der", type: "pkcs8" });
    const accepted = await edwards25519.accept(bytes);
    assert.ok(!isInHeap(secret) && accepted && !isInHeap(accepted.secret));
  });

  test("what is unwrapped", () => {
    const purpose = { domain: "a domain", label: "a label" };
    const [key, header] = [randomBytes(32), randomBytes(32)];
    const sealed = seal(purpose, key, header, Buffer.of(), randomBytes(32));
    const opened = open(purpose, key, 32, Buffer.of(), sealed);
    assert.ok(opened && !isInHeap(opened));
  });
});
