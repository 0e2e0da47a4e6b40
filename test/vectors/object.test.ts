import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { IntegrityError } from "../../src/base/errors.ts";
import { openPiece, pieceBytes, placeOfPiece, sealObject } from "../../src/crypto/object-cipher.ts";
import { checkPiece, hashPieces } from "../../src/crypto/piece-hashes.ts";

interface Vector {
  readonly name: string;
  readonly key: string;
  readonly object: string;
  readonly sealed: string;
}

const vectors = JSON.parse(
  readFileSync(new URL("object-v1.json", import.meta.url), "utf8"),
) as readonly Vector[];

for (const { name, key, object, sealed } of vectors)
  test(`${name} is sealed and opened as the format of version 1 says`, () => {
    const [secret, plain, stored] = [key, object, sealed].map((hex) => Buffer.from(hex, "hex"));
    assert.ok(secret && plain && stored);
    assert.deepEqual(sealObject(secret, plain), stored);
    const { from, bytes } = placeOfPiece(0, plain.length);
    const piece = stored.subarray(from, from + bytes);
    assert.deepEqual(openPiece(secret, { index: 0, length: plain.length }, piece), plain);
  });

interface HashVector {
  readonly name: string;
  /** What the object repeats for its whole length. */
  readonly repeated: string;
  readonly length: number;
  readonly hashes: string;
}

const hashVectors = JSON.parse(
  readFileSync(new URL("object-hashes-v1.json", import.meta.url), "utf8"),
) as readonly HashVector[];

for (const { name, repeated, length, hashes } of hashVectors)
  test(`${name} is vouched for as the format of version 1 says, and no other bytes are`, () => {
    const known = Buffer.from(hashes, "hex");
    const object = Buffer.alloc(length, repeated, "hex");
    assert.deepEqual(hashPieces(object), known);
    const pieces = Math.max(1, Math.ceil(length / pieceBytes));
    for (let index = 0; index < pieces; index++) {
      const piece = object.subarray(index * pieceBytes, (index + 1) * pieceBytes);
      assert.deepEqual(checkPiece(known, index, piece), piece);
      const refused = (bytes: Uint8Array, hashes = known, at = index) =>
        assert.throws(() => checkPiece(hashes, at, bytes), IntegrityError);
      refused(Buffer.concat([piece, Buffer.of(0)]));
      refused(piece, known, pieces);
      refused(piece, Buffer.concat([Buffer.of(2), known.subarray(1)]));
      if (piece.length > 0) refused(piece.subarray(1));
    }
  });
