import * as assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileRootSource } from "../../src/keystore/root/file.ts";
import { passphraseRootSource } from "../../src/keystore/root/passphrase.ts";
import { readShareSet, ShareCollection, sharesRootSource } from "../../src/keystore/root/shares.ts";

interface Wrapped {
  readonly version: number;
  readonly wrapped: string;
}

interface Vectors {
  readonly deployment: string;
  readonly rootKey: string;
  readonly file: readonly (Wrapped & { readonly content: string })[];
  readonly passphrase: readonly (Wrapped & { readonly passphrase: string })[];
  readonly shares: readonly (Wrapped & {
    readonly threshold: number;
    readonly count: number;
    readonly shares: readonly string[];
  })[];
}

const path = new URL("./root-key-v1.json", import.meta.url);
const { deployment, rootKey, ...vectors } = JSON.parse(readFileSync(path, "utf8")) as Vectors;
const folder = mkdtempSync(join(tmpdir(), "keywright-vectors-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");

for (const { version, content, wrapped } of vectors.file)
  test(`a root key file of another implementation opens version ${version}`, async () => {
    const file = join(folder, `root-${version}.key`);
    writeFileSync(file, bytes(content), { mode: 0o600 });
    const opened = await fileRootSource(file).unwrap({ deployment, version }, bytes(wrapped));
    assert.equal(opened.toString("hex"), rootKey);
  });

for (const { version, passphrase, wrapped } of vectors.passphrase)
  test(`a passphrase that another implementation used opens version ${version}`, async () => {
    const source = passphraseRootSource(async () => Buffer.from(passphrase));
    const opened = await source.unwrap({ deployment, version }, bytes(wrapped));
    assert.equal(opened.toString("hex"), rootKey);
  });

for (const { version, threshold, count, shares, wrapped } of vectors.shares)
  test(`${threshold} of ${count} shares of another implementation open version ${version}`, async () => {
    const set = readShareSet(bytes(wrapped));
    assert.deepEqual([set.threshold, set.count], [threshold, count]);
    const collection = new ShareCollection(deployment, set);
    for (const share of shares.slice(-threshold)) collection.add(Buffer.from(share));
    const combined = await collection.combine();
    const source = sharesRootSource(async () => combined);
    const opened = await source.unwrap({ deployment, version }, bytes(wrapped));
    assert.equal(opened.toString("hex"), rootKey);
  });
