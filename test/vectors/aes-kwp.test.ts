import * as assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { aesKeyUnwrap } from "../../src/crypto/import-wrapping.ts";

const root = join(import.meta.dirname, "../..");
const folder = resolve(root, process.env["VECTORS_DIR"] ?? "../shared/vectors", "wycheproof");
const path = join(folder, "aes_kwp_test.json");
const present = existsSync(path);
const inCi = process.env["CI"] === "true";
const missing = "the Wycheproof vectors are not here: set VECTORS_DIR";

interface Case {
  readonly tcId: number;
  readonly key: string;
  readonly msg: string;
  readonly ct: string;
  readonly result: "valid" | "invalid";
}

test("AES-KWP unwraps what Wycheproof calls valid, and nothing else", {
  skip: !present && !inCi && missing,
}, () => {
  assert.ok(present, missing);
  const { testGroups } = JSON.parse(readFileSync(path, "utf8")) as {
    readonly testGroups: readonly { readonly tests: readonly Case[] }[];
  };
  const cases = testGroups.flatMap(({ tests }) => tests);
  for (const { tcId, key, msg, ct, result } of cases) {
    const unwrapped = aesKeyUnwrap(Buffer.from(key, "hex"), Buffer.from(ct, "hex"));
    assert.equal(unwrapped?.toString("hex"), result === "valid" ? msg : undefined, `case ${tcId}`);
  }
  assert.equal(cases.length, 254);
});

test("a wrapping of any length that is none unwraps to nothing", () => {
  for (let length = 0; length < 200; length++)
    assert.equal(aesKeyUnwrap(Buffer.alloc(32, 1), Buffer.alloc(length, length)), undefined);
});
