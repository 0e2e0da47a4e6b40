import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { openPiece, placeOfPiece, sealObject } from "../../src/crypto/object-cipher.ts";

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
