import * as assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { decryptGcm, encryptGcm } from "./gcm.ts";

const tagLength = 16;
const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const messageKeys = fc.record({ key: bytesOf(32), iv: bytesOf(12) });
// Together they are sometimes longer than what is joined.
const parts = fc.array(
  fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ minLength: 500, maxLength: 700 })),
  { maxLength: 3 },
);
const texts = fc.oneof(fc.uint8Array(), fc.uint8Array({ maxLength: 70_000, size: "max" }));

function encrypted(
  messageKey: { readonly key: Uint8Array; readonly iv: Uint8Array },
  authenticated: readonly Uint8Array[],
  plaintext: Uint8Array,
): Buffer {
  const sealed = Buffer.alloc(plaintext.length + tagLength);
  encryptGcm(messageKey, authenticated, plaintext, sealed);
  return sealed;
}

test("a message is encrypted as node:crypto does, whatever was encrypted before", () => {
  fc.assert(
    fc.property(messageKeys, parts, texts, (messageKey, authenticated, plaintext) => {
      const cipher = createCipheriv("aes-256-gcm", messageKey.key, messageKey.iv);
      cipher.setAAD(Buffer.concat(authenticated));
      const expected = Buffer.concat([cipher.update(plaintext), cipher.final()]);
      const sealed = encrypted(messageKey, authenticated, plaintext);
      assert.deepEqual(sealed, Buffer.concat([expected, cipher.getAuthTag()]));
      assert.deepEqual(decryptGcm(messageKey, authenticated, sealed), Buffer.from(plaintext));
    }),
  );
});

describe("nothing is decrypted", () => {
  const messageKey = { key: Buffer.alloc(32, 1), iv: Buffer.alloc(12, 2) };
  const authenticated = [Buffer.from("header"), Buffer.from("context")];
  const plaintext = Buffer.from("a plaintext");
  const sealed = encrypted(messageKey, authenticated, plaintext);
  const flipped = (bytes: Uint8Array, at: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy.writeUInt8(copy.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3);
    return copy;
  };

  test("when a bit of ciphertext, tag, key, IV or authenticated bytes differs, and then the next message is", () => {
    for (let at = 0; at < 8 * sealed.length; at++)
      assert.equal(decryptGcm(messageKey, authenticated, flipped(sealed, at)), undefined);
    for (let at = 0; at < 8 * 32; at++) {
      const key = flipped(messageKey.key, at);
      assert.equal(decryptGcm({ ...messageKey, key }, authenticated, sealed), undefined);
    }
    for (let at = 0; at < 8 * 12; at++) {
      const iv = flipped(messageKey.iv, at);
      assert.equal(decryptGcm({ ...messageKey, iv }, authenticated, sealed), undefined);
    }
    assert.equal(decryptGcm(messageKey, authenticated.slice(1), sealed), undefined);
    assert.deepEqual(decryptGcm(messageKey, authenticated, sealed), plaintext);
  });

  test("of what is shorter than a tag", () => {
    assert.equal(decryptGcm(messageKey, authenticated, sealed.subarray(0, 15)), undefined);
  });
});

test("what would reach beyond a buffer is refused", () => {
  const messageKey = { key: Buffer.alloc(32), iv: Buffer.alloc(12) };
  const target = Buffer.alloc(4 + tagLength);
  const refused = (work: () => unknown): void => assert.throws(work, RangeError);
  refused(() => encryptGcm({ ...messageKey, key: Buffer.alloc(31) }, [], target, target));
  refused(() => encryptGcm({ ...messageKey, iv: Buffer.alloc(11) }, [], target, target));
  refused(() => encryptGcm(messageKey, [], Buffer.alloc(5), target));
  refused(() => encryptGcm(messageKey, [], Buffer.alloc(3), target));
  refused(() => decryptGcm({ ...messageKey, key: Buffer.alloc(33) }, [], target));
});
