import * as assert from "node:assert/strict";
import { test } from "node:test";
import { decodeBase32, encodeBase32 } from "./base32.ts";

const digits = (text: string): Buffer => Buffer.from(text, "latin1");

test("bytes are written in Crockford's letters, most significant first", () => {
  assert.equal(encodeBase32(Buffer.from("0000000000", "hex")), "00000000");
  assert.equal(encodeBase32(Buffer.from("ffffffffff", "hex")), "zzzzzzzz");
  // 5 bits each: 0, 1, 2, … 7, then 24 … 31.
  assert.equal(encodeBase32(Buffer.from("00443214c7", "hex")), "01234567");
  assert.equal(encodeBase32(Buffer.from("c675be77df", "hex")), "rstvwxyz");
});

test("what was written is read again, in capitals and with letters that look alike", () => {
  for (let seed = 0; seed < 200; seed++) {
    const bytes = Buffer.from(
      Array.from({ length: 50 }, (_, at) => (seed * 7919 + at * 104_729) & 255),
    );
    const text = encodeBase32(bytes);
    assert.deepEqual(decodeBase32(digits(text)), bytes);
    assert.deepEqual(decodeBase32(digits(text.toUpperCase())), bytes);
    const careless = text.replaceAll("0", "O").replaceAll("1", "l");
    assert.deepEqual(decodeBase32(digits(careless)), bytes);
    assert.deepEqual(decodeBase32(digits(text.replaceAll("1", "I"))), bytes);
  }
});

test("other characters and broken lengths are refused", () => {
  for (const text of [
    "0",
    "0000000",
    "000000000",
    "0000000u",
    "0000-000",
    "0000000\u00e9",
    "0000000 ",
  ])
    assert.equal(decodeBase32(digits(text)), undefined, text);
  assert.deepEqual(decodeBase32(digits("")), Buffer.alloc(0));
});
