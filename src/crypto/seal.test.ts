import * as assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { test } from "node:test";
import { sha256 } from "./hash.ts";
import { deriveBytes } from "./kbkdf.ts";
import { randomBytes } from "./random.ts";
import { open, seal, sealOverhead } from "./seal.ts";

const purpose = { domain: "test/v1", label: "test/v1" };
const key = Buffer.alloc(32, 7);
const header = Buffer.concat([Buffer.from("head"), Buffer.alloc(32, 9)]);
const bound = Buffer.from("what it is bound to");
const plaintext = Buffer.from("thirty-two bytes of a plaintext!");
const sealed = seal(purpose, key, header, bound, plaintext);
const opened = (
  blob: Uint8Array,
  other: Uint8Array = bound,
  under: Uint8Array = key,
): Buffer | undefined => open(purpose, under, header.length, other, blob);

/** Every copy of the bytes with one bit flipped. */
function* flips(bytes: Uint8Array): Iterable<Buffer> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const copy = Buffer.from(bytes);
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield copy;
  }
}

test("what was sealed opens under the same key, header and bound bytes", () => {
  assert.deepEqual(opened(sealed), plaintext);
  assert.equal(sealed.length, header.length + plaintext.length + sealOverhead);
  assert.deepEqual(opened(seal(purpose, key, header, bound, Buffer.alloc(0))), Buffer.alloc(0));
});

test("every single bit of header, commitment, body and tag is refused when flipped", () => {
  for (const blob of flips(sealed)) assert.equal(opened(blob), undefined);
});

test("every single bit of the bound bytes is refused when flipped", () => {
  for (const other of flips(bound)) assert.equal(opened(sealed, other), undefined);
  for (const other of [Buffer.alloc(0), bound.subarray(1), Buffer.concat([bound, Buffer.of(0)])])
    assert.equal(opened(sealed, other), undefined);
});

test("every single bit of the key is refused when flipped", () => {
  for (const other of flips(key)) assert.equal(opened(sealed, bound, other), undefined);
});

test("every truncation and extension is refused", () => {
  for (let length = 0; length < sealed.length; length++)
    assert.equal(opened(sealed.subarray(0, length)), undefined);
  assert.equal(opened(Buffer.concat([sealed, Buffer.of(0)])), undefined);
});

test("a blob of another purpose is refused", () => {
  for (const other of [
    { domain: "test/v2", label: purpose.label },
    { domain: purpose.domain, label: "test/v2" },
  ])
    assert.equal(open(other, key, header.length, bound, sealed), undefined);
});

/** The message key as docs/ciphertext-format.md defines it, written down a second time. */
function messageKey(under: Uint8Array) {
  const context = sha256(Buffer.from(purpose.domain), header, bound);
  const bytes = deriveBytes(under, purpose.label, context, 76);
  return { secret: bytes.subarray(0, 32), iv: bytes.subarray(32, 44), own: bytes.subarray(44) };
}

/** A blob that AES-GCM accepts under `under` although its commitment is the given one. */
function withCommitment(under: Uint8Array, commitment: Uint8Array): Buffer {
  const { secret, iv } = messageKey(under);
  const cipher = createCipheriv("aes-256-gcm", secret, iv);
  cipher.setAAD(Buffer.concat([header, commitment, bound]));
  const body = cipher.update(plaintext);
  cipher.final();
  return Buffer.concat([header, commitment, body, cipher.getAuthTag()]);
}

test("the commitment is checked even where the tag holds", () => {
  const { own } = messageKey(key);
  // The same construction with the true commitment is the real blob: the forgery differs in nothing else.
  assert.deepEqual(withCommitment(key, own), sealed);
  for (const commitment of flips(own))
    assert.equal(opened(withCommitment(key, commitment)), undefined);
});

test("two keys never open one blob: a commitment to one is refused by the other, whatever the tag says", () => {
  for (let round = 0; round < 100; round++) {
    const other = randomBytes(32);
    const blob = withCommitment(other, messageKey(key).own);
    assert.equal(opened(blob, bound, other), undefined);
    assert.equal(opened(blob, bound, key), undefined);
    assert.equal(opened(sealed, bound, other), undefined);
  }
});

test("two messages with different salts share neither key nor commitment", () => {
  const again = seal(
    purpose,
    key,
    Buffer.concat([Buffer.from("head"), Buffer.alloc(32, 10)]),
    bound,
    plaintext,
  );
  assert.notDeepEqual(again.subarray(header.length), sealed.subarray(header.length));
  assert.notDeepEqual(again.subarray(header.length, 68), sealed.subarray(header.length, 68));
});
