import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { deriveBytes, deriveKey } from "../../src/crypto/kbkdf.ts";

interface Vector {
  readonly key: string;
  readonly label: string;
  readonly context: string;
  readonly length: number;
  readonly derived: string;
}

const { vectors }: { readonly vectors: readonly Vector[] } = JSON.parse(
  readFileSync(new URL("./kbkdf.json", import.meta.url), "utf8"),
);
const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");

for (const { key, label, context, length, derived } of vectors)
  test(`SP 800-108 counter mode gives OpenSSL's ${length} bytes for ${label.slice(0, 30)}`, () => {
    assert.equal(deriveBytes(bytes(key), label, bytes(context), length).toString("hex"), derived);
  });

test("derived bytes have memory of their own, not a piece of the shared pool", () => {
  assert.equal(deriveBytes(bytes("00"), "label", bytes(""), 40).buffer.byteLength, 40);
});

test("the parts of a sub-key's context cannot run into each other", () => {
  const key = bytes("00112233");
  const texts = [["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], []];
  const derived = texts.map((parts) => deriveKey(key, "label", ...parts).toString("hex"));
  assert.equal(new Set(derived).size, texts.length);
});
