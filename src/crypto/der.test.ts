import * as assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readDer, tags, writeDer, writeOid } from "./der.ts";

const read = (hex: string) => readDer(Buffer.from(hex, "hex"));

test("values that follow each other are read with their tags", () => {
  const content = (hex: string): Buffer => Buffer.from(hex, "hex");
  assert.deepEqual(read("0500" + "020107"), [
    { tag: tags.null, content: content("") },
    { tag: tags.integer, content: content("07") },
  ]);
});

test("what is not strict DER is refused", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["content that is cut off", "0402aa"],
    ["a length that is cut off", "0482"],
    ["a tag alone", "04"],
    ["an indefinite length", "30800000"],
    ["a long form for a short length", `04810501020304ff`],
    ["two length bytes where one is enough", `048200ff${"00".repeat(255)}`],
    ["three length bytes", `0483010000${"00".repeat(65_536)}`],
    ["a tag of several bytes", "1f0100"],
    ["something after the last value", "050005"],
  ];
  for (const [why, hex] of cases) assert.equal(read(hex), undefined, why);
});

test("what is written is read again, at every length", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      const written = writeDer(tags.octetString, bytes.subarray(0, 1), bytes.subarray(1));
      assert.deepEqual(readDer(written), [{ tag: tags.octetString, content: Buffer.from(bytes) }]);
    }),
  );
  for (const length of [0, 127, 128, 255, 256, 65_535]) {
    const [value] = readDer(writeDer(tags.octetString, Buffer.alloc(length))) ?? [];
    assert.equal(value?.content.length, length);
  }
  assert.throws(() => writeDer(tags.octetString, Buffer.alloc(65_536)), RangeError);
});

test("object identifiers are written as X.690 section 8.19 says", () => {
  assert.equal(writeOid("1.2.840.113549").toString("hex"), "06062a864886f70d");
  assert.equal(writeOid("2.16.840.1.101.3.4.1.42").toString("hex"), "060960864801650304012a");
});
