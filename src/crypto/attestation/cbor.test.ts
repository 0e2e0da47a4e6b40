import * as assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "cborg";
import { decodeCbor } from "./cbor.ts";

const read = (hex: string): unknown => decodeCbor(Buffer.from(hex, "hex"));

test("maps, of definite and of indefinite length, become Maps with keys of their own types", () => {
  const map = new Map<unknown, unknown>([
    [0, "a"],
    ["0", null],
  ]);
  assert.deepEqual(read("a20061616130f6"), map);
  assert.deepEqual(read("bf0061616130f6ff"), map);
});

test("what is not one well-formed item of attestation documents in strict CBOR is refused", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["nothing", ""],
    ["an item that is cut off", "8201"],
    ["something after the item", "0000"],
    ["a number that is longer than needed", "1817"],
    ["a length that is longer than needed", "980100"],
    ["a key that is there twice", "a200000001"],
    ["a key that is there twice in a map of indefinite length", "bf00000001ff"],
    ["bytes of indefinite length", "5f4100ff"],
    ["text of indefinite length", "7f6161ff"],
    ["a number beyond 2^53", "1b0020000000000000"],
    ["a tag", "d200"],
    ["a float", "f93c00"],
    ["a float that equals a key", "a20000f9000001"],
    ["true", "f5"],
    ["undefined", "f7"],
    ["a break alone", "ff"],
    ["more arrays and maps than documents have", "8180a08080"],
    ["deep nesting", "81".repeat(200_000)],
    ["a long array of nothing", "9affffffff"],
  ];
  for (const [why, hex] of cases)
    assert.throws(() => read(hex), { message: "it is not well-formed CBOR" }, why);
});

test("what another encoder writes is read", () => {
  const item = new Map<string, unknown>([
    ["n", [1, -1, 2 ** 40, "text", Buffer.of(1, 2)]],
    ["m", new Map([[31, null]])],
  ]);
  assert.deepEqual(encode(decodeCbor(encode(item))), encode(item));
});
