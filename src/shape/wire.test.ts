import * as assert from "node:assert/strict";
import { test } from "node:test";
import { toWire } from "./wire.ts";

test("bytes become base64, dates epoch seconds with milliseconds", () => {
  const pooled = Buffer.from("xxabxx").subarray(2, 4);
  assert.equal(toWire(pooled), "YWI=");
  assert.equal(toWire(Uint8Array.of(255)), "/w==");
  assert.equal(toWire(new Date(1_480_027_123_837)), 1_480_027_123.837);
});

test("absent members are left out, empty lists and false are not", () => {
  const value = { A: undefined, B: [], C: false, D: "", E: { F: undefined }, G: [new Date(0)] };
  assert.equal(JSON.stringify(toWire(value)), '{"B":[],"C":false,"D":"","E":{},"G":[0]}');
});

test("a map keeps every name, also those that JavaScript gives a meaning", () => {
  const pairs = Object.assign(
    Object.create(null),
    JSON.parse('{"__proto__":"a","constructor":"b"}'),
  );
  assert.equal(JSON.stringify(toWire({ pairs })), '{"pairs":{"__proto__":"a","constructor":"b"}}');
});
