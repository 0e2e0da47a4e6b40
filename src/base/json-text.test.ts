import * as assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { JsonValue } from "./json.ts";
import { jsonText } from "./json-text.ts";

test("every value is written as JSON.stringify writes it", () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.string({ minLength: 130 }));
  const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(true, false, null),
      fc.array(tie("value")),
      fc.dictionary(text, tie("value"), { noNullPrototype: false }),
    ),
  }));
  fc.assert(fc.property(value, (given) => assert.equal(jsonText(given), JSON.stringify(given))));
});

test("every character is written as JSON.stringify writes it", () => {
  for (let code = 0; code < 0x1_0000; code++) {
    const character = String.fromCharCode(code);
    assert.equal(jsonText(character), JSON.stringify(character));
  }
});

test("members that are undefined are left out", () => {
  const given: Readonly<Record<string, unknown>> = { a: undefined, b: 1, c: undefined };
  assert.equal(jsonText(given as JsonValue), JSON.stringify(given));
});
