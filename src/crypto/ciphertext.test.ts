import * as assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { blobSuites, decodeBlobHeader, encodeBlobHeader } from "./ciphertext.ts";

const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
const materialId = "0123456789abcdef0123456789abcdefffffffffffffffffffffffffffffffff";
const salt = Buffer.alloc(32, 5);
/** A header with room behind it for the least blob that can be one. */
const blob = Buffer.concat([encodeBlobHeader(keyId, materialId, salt), Buffer.alloc(49)]);

test("the header of a blob reads back as the key and the material that it names", () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uint8Array({ minLength: 32, maxLength: 32 }), (id, material) => {
      const hex = Buffer.from(material).toString("hex");
      for (const each of [id, `mrk-${id.replaceAll("-", "")}`])
        for (const suite of Object.values(blobSuites)) {
          const header = encodeBlobHeader(each, hex, salt, suite);
          const made = Buffer.concat([header, Buffer.alloc(49)]);
          const materialPrefix = hex.slice(0, 32);
          assert.deepEqual(decodeBlobHeader(made), { keyId: each, materialPrefix });
        }
    }),
  );
});

test("every single bit of the header before the salt makes it no header when flipped", () => {
  for (let bit = 0; bit < 36 * 8; bit++) {
    const other = Buffer.from(blob);
    other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(decodeBlobHeader(other), undefined, `bit ${bit}`);
  }
});

test("a blob without a single byte of ciphertext is none", () => {
  assert.notEqual(decodeBlobHeader(blob), undefined);
  for (let length = 0; length < blob.length; length++)
    assert.equal(decodeBlobHeader(blob.subarray(0, length)), undefined);
});

test("versions, suites and flags of the future are not guessed at", () => {
  for (const [position, value] of [
    [0, 0],
    [0, 2],
    [1, 0],
    [1, 4],
    [2, 2],
    [2, 128],
  ] as const) {
    const other = Buffer.from(blob);
    other[position] = value;
    for (let check = 0; check < 256; check++) {
      other[3] = check;
      assert.equal(decodeBlobHeader(other), undefined);
    }
  }
});

test("arbitrary bytes never throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      decodeBlobHeader(bytes);
    }),
  );
});
