import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  blobHeaderLength,
  blobPurpose,
  decodeBlobHeader,
  encodeBlobHeader,
} from "../../src/crypto/ciphertext.ts";
import { encodeEncryptionContext } from "../../src/crypto/encryption-context.ts";
import { KeyMaterial } from "../../src/crypto/key-material.ts";
import { open, seal } from "../../src/crypto/seal.ts";
import { unwrap } from "../../src/crypto/wrap.ts";
import { childrenDigest, rowMac, sealedTable } from "../../src/database/sealed-row.ts";

interface Blob {
  readonly name: string;
  readonly keyMaterial: string;
  readonly keyId: string;
  readonly materialId: string;
  readonly salt: string;
  readonly encryptionContext: Readonly<Record<string, string>>;
  readonly plaintext: string;
  readonly blob: string;
}

interface Wrapped {
  readonly name: string;
  readonly key: string;
  readonly identity: readonly string[];
  readonly secret: string;
  readonly wrapped: string;
}

interface SealedRowVector {
  readonly key: string;
  readonly table: string;
  readonly columns: readonly (readonly [string, string | number | null])[];
  readonly mac: string;
  readonly children: readonly string[];
  readonly childrenDigest: string;
}

const read = <T>(file: string): T =>
  JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")) as T;
const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");
const blobs = read<{ readonly vectors: readonly Blob[] }>("./ciphertext-v1.json").vectors;
const wraps = read<{ readonly vectors: readonly Wrapped[] }>("./ciphertext-wrap-v1.json").vectors;
const row = read<SealedRowVector>("./sealed-row-v1.json");

for (const vector of blobs) {
  const key = bytes(vector.keyMaterial);
  const bound = encodeEncryptionContext(vector.encryptionContext);

  test(`blob v1 opens: ${vector.name}`, () => {
    const opened = open(blobPurpose, key, blobHeaderLength, bound, bytes(vector.blob));
    assert.equal(opened?.toString("hex"), vector.plaintext);
    assert.deepEqual(decodeBlobHeader(bytes(vector.blob)), {
      keyId: vector.keyId,
      materialPrefix: vector.materialId.slice(0, 32),
    });
  });

  test(`blob v1 is made byte for byte: ${vector.name}`, () => {
    const header = encodeBlobHeader(vector.keyId, vector.materialId, bytes(vector.salt));
    const sealed = seal(blobPurpose, key, header, bound, bytes(vector.plaintext));
    assert.equal(sealed.toString("hex"), vector.blob);
    using material = new KeyMaterial(key);
    assert.equal(material.idFor(vector.keyId), vector.materialId);
  });
}

for (const { name, key, identity, secret, wrapped } of wraps)
  test(`wrapped secret v1 unwraps: ${name}`, () => {
    assert.equal(unwrap(bytes(key), identity, bytes(wrapped)).toString("hex"), secret);
  });

test("a row's seal v1 is made byte for byte", () => {
  const values = Object.fromEntries(
    row.columns.map(([name, value]) => [
      name,
      typeof value === "string" && value.startsWith("hex:") ? bytes(value.slice(4)) : value,
    ]),
  );
  const types = Object.fromEntries(row.columns.map(([name]) => [name, "text" as const]));
  const table = sealedTable(row.table, types, []);
  assert.equal(rowMac(table, values, bytes(row.key)).toString("hex"), row.mac);
});

test("the digest of children v1 is made byte for byte, in any order", () => {
  const macs = row.children.map(bytes);
  for (const order of [macs, macs.toReversed()])
    assert.equal(childrenDigest(order).toString("hex"), row.childrenDigest);
});
