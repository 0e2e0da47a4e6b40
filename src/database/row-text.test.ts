import * as assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { lengthPrefixed } from "../base/bytes.ts";
import { RowText } from "./row-text.ts";
import type { SqlValue } from "./sql.ts";

/** docs/storage.md, word by word. */
function encoded(value: SqlValue): Uint8Array {
  if (value === null) return Buffer.of(0);
  if (typeof value === "string") return Buffer.concat([Buffer.of(1), lengthPrefixed(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([Buffer.of(2), lengthPrefixed(value)]);
  return Buffer.concat([Buffer.of(3), lengthPrefixed(String(value))]);
}

const values = fc.array(
  fc.oneof(
    fc.constant(null),
    fc.string({ unit: "binary" }),
    fc.constantFrom("é".repeat(5_000), "x".repeat(9_000), "\u{1F511}".repeat(2_730)),
    fc.uint8Array(),
    fc.uint8Array({ minLength: 8_180, maxLength: 8_200 }),
    fc.maxSafeInteger(),
    fc.bigInt(),
  ),
);

test("the bytes of a row are its values as docs/storage.md writes them, whatever row came before", () => {
  const text = new RowText();
  fc.assert(
    fc.property(fc.uint8Array(), values, (label, row) => {
      text.begin().add(label);
      for (const value of row) text.addValue(value);
      assert.deepEqual(Buffer.from(text.bytes), Buffer.concat([label, ...row.map(encoded)]));
    }),
  );
});
