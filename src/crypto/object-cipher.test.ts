import * as assert from "node:assert/strict";
import { test } from "node:test";
import { IntegrityError } from "../base/errors.ts";
import { openPiece, pieceBytes, placeOfPiece, sealObject } from "./object-cipher.ts";
import { randomBytes } from "./random.ts";

const key = randomBytes(32);

function openAll(sealed: Uint8Array, length: number): Buffer {
  const pieces: Uint8Array[] = [];
  for (let index = 0; index === 0 || index * pieceBytes < length; index++) {
    const { from, bytes } = placeOfPiece(index, length);
    pieces.push(openPiece(key, { index, length }, sealed.subarray(from, from + bytes)));
  }
  return Buffer.concat(pieces);
}

for (const length of [0, 1, pieceBytes - 1, pieceBytes, pieceBytes + 1, 3 * pieceBytes])
  test(`an object of ${length} bytes opens to itself`, () => {
    const object = randomBytes(length);
    assert.deepEqual(openAll(sealObject(key, object), length), object);
  });

test("no altered bit opens", () => {
  const object = randomBytes(40);
  const sealed = sealObject(key, object);
  for (let bit = 8; bit < sealed.length * 8; bit++) {
    const altered = Buffer.from(sealed);
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.throws(() => openAll(altered, object.length), IntegrityError);
  }
});

test("a piece opens in its own place only", () => {
  const length = 2 * pieceBytes;
  const sealed = sealObject(key, randomBytes(length));
  const first = sealed.subarray(placeOfPiece(0, length).from, placeOfPiece(1, length).from);
  assert.doesNotThrow(() => openPiece(key, { index: 0, length }, first));
  assert.throws(() => openPiece(key, { index: 1, length }, first), IntegrityError);
});

test("an object that was cut off between pieces does not open", () => {
  const length = 2 * pieceBytes;
  const sealed = sealObject(key, randomBytes(length));
  const cut = sealed.subarray(0, placeOfPiece(1, length).from);
  assert.throws(() => openAll(cut, length), IntegrityError);
  assert.throws(() => openAll(cut, pieceBytes), IntegrityError);
});

test("nothing but the object's own key opens it", () => {
  const sealed = sealObject(key, Buffer.from("object"));
  const piece = sealed.subarray(1);
  assert.throws(() => openPiece(randomBytes(32), { index: 0, length: 6 }, piece), IntegrityError);
});
