import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { AwsError } from "../../src/base/errors.ts";
import { Domain } from "../../src/keystore/domain.ts";
import { newKeyWithoutMaterial } from "../../src/services/kms/create.ts";
import { openImportToken } from "../../src/services/kms/import-token.ts";

interface Vector {
  readonly domainKey: string;
  readonly region: string;
  readonly account: string;
  readonly epoch: number;
  readonly keyId: string;
  readonly algorithm: string;
  readonly spec: string;
  readonly validTo: number;
  readonly privateKey: string;
  readonly token: string;
}

const file = new URL("./import-token-v1.json", import.meta.url);
const vector = JSON.parse(readFileSync(file, "utf8")) as Vector;
const { account, region, epoch, keyId, validTo } = vector;
const domain = new Domain({ account, region, epoch }, Buffer.from(vector.domainKey, "hex"));
const given = { createdAt: new Date(0), policy: "{}", description: "", tags: [] };
const key = newKeyWithoutMaterial({ domain, keyId, spec: "RSA_4096" }, given);
const token = Buffer.from(vector.token, "hex");

test("import token v1 opens until its last millisecond", () => {
  const { wrapping, wrappingKey } = openImportToken(key, token, new Date(validTo - 1));
  assert.deepEqual(wrapping, { algorithm: vector.algorithm, spec: vector.spec });
  wrappingKey.use((bytes) => assert.equal(Buffer.from(bytes).toString("hex"), vector.privateKey));
  assert.throws(
    () => openImportToken(key, token, new Date(validTo)),
    (error: unknown) => error instanceof AwsError && error.code === "ExpiredImportTokenException",
  );
});

test("no mutation of an import token opens, and none fails in another way", () => {
  const now = new Date(validTo - 1);
  const refuse = (changed: Uint8Array): void =>
    assert.throws(
      () => openImportToken(key, changed, now),
      (error: unknown) => error instanceof AwsError && error.code === "InvalidImportTokenException",
    );
  for (let bit = 0; bit < token.length * 8; bit++) {
    const changed = Buffer.from(token);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    refuse(changed);
  }
  for (let length = 0; length < token.length; length++) refuse(token.subarray(0, length));
});
