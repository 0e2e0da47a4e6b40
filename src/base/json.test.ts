import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import type { JsonValue } from "./json.ts";
import { canonicalJson, JsonSyntaxError, readJson, readJsonBytes } from "./json.ts";

describe("the strict JSON reader", () => {
  test("reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        assert.deepEqual(JSON.parse(JSON.stringify(readJson(text))), JSON.parse(text));
      }),
    );
  });

  const refused: readonly (readonly [why: string, text: string])[] = [
    ["a duplicate name", '{"a":1,"a":2}'],
    ["a duplicate name in another spelling", '{"a":1,"\\u0061":2}'],
    ["a lone surrogate", '"\\ud800"'],
    ["text after the value", "{} {}"],
    ["an unfinished string", '"abc'],
    ["an unfinished escape", '"abc\\'],
    ["an unknown escape", '"\\x"'],
    ["a control character in a string", '"a\nb"'],
    ["a trailing comma", '{"a":1,}'],
    ["a missing colon", '{"a" 1}'],
    ["a name without quotes", "{a:1}"],
    ["a leading zero", "01"],
    ["a bare point", "1."],
    ["a number beyond doubles", "1e999"],
    ["NaN", "NaN"],
    ["a half word", "tru"],
    ["nothing", ""],
  ];
  for (const [why, text] of refused)
    test(`refuses ${why}`, () => assert.throws(() => readJson(text), JsonSyntaxError));

  test("refuses bytes that are not UTF-8, and a byte order mark", () => {
    assert.throws(() => readJsonBytes(Buffer.from([0x22, 0xff, 0x22])), JsonSyntaxError);
    assert.throws(() => readJsonBytes(Buffer.from("\ufeff{}")), JsonSyntaxError);
  });

  test("bounds depth and number of values", () => {
    assert.throws(() => readJson("[".repeat(40) + "]".repeat(40)), /nested too deeply/);
    assert.throws(() => readJson(`[${"0,".repeat(3_000)}0]`), /too many values/);
    assert.ok(readJson("[".repeat(30) + "]".repeat(30)));
  });

  test("a member called __proto__ is only a member", () => {
    const value = readJson('{"__proto__":{"polluted":true}}') as Record<string, unknown>;
    assert.deepEqual(Object.keys(value), ["__proto__"]);
    assert.ok(!("polluted" in value) && !("toString" in value));
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  });
});

test("canonical JSON does not depend on the order of members", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).toReversed());
      assert.equal(canonicalJson(value as JsonValue), canonicalJson(reversed as JsonValue));
    }),
  );
});
