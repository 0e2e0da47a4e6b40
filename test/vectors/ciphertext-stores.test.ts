import * as assert from "node:assert/strict";
import { createDecipheriv } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import {
  blobHeaderLength,
  blobPurpose,
  blobSuites,
  encodeBlobHeader,
} from "../../src/crypto/ciphertext.ts";
import { encodeEncryptionContext } from "../../src/crypto/encryption-context.ts";
import { sha256 } from "../../src/crypto/hash.ts";
import { KeyMaterial } from "../../src/crypto/key-material.ts";
import { open, seal } from "../../src/crypto/seal.ts";
import { cryptoki } from "../../src/keystore/pkcs11/structures.ts";
import { openToken } from "../../src/keystore/pkcs11/token.ts";
import { tokenKeys } from "../../src/keystore/pkcs11/token-key.ts";
import { decodeOuterLayer, encodeOuterLayer } from "../../src/keystore/xks/blob.ts";
import { foreignTokenUser } from "../support/foreign-token-user.ts";
import { softHsm } from "../support/softhsm.ts";

interface Vector {
  readonly name: string;
  readonly keyId: string;
  readonly materialId: string;
  readonly salt: string;
  readonly encryptionContext: Readonly<Record<string, string>>;
  readonly plaintext: string;
  readonly blob: string;
}
interface Vectors {
  readonly token: readonly (Vector & { readonly tokenKey: string })[];
  readonly external: readonly (Vector & {
    readonly keyMaterial: string;
    readonly externalKey: string;
    readonly iv: string;
    readonly metadata: string;
  })[];
}

const file = new URL("./ciphertext-stores-v1.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors;
const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");

const pin = "vectors-1";
const hsm = softHsm();
hsm.addToken("vectors", pin);
const owner = await foreignTokenUser(hsm.module, "vectors", pin);
const place = { account: "111122223333", region: "us-east-1" };
for (const { keyId, tokenKey } of vectors.token)
  owner.plant(
    `keywright/111122223333/us-east-1/${keyId}`,
    cryptoki.CKK_GENERIC_SECRET,
    bytes(tokenKey),
    false,
  );
const token = await openToken({ module: hsm.module, label: "vectors", pin: Buffer.from(pin) });
const keys = await tokenKeys(token);
after(async () => {
  await token.close();
  hsm.remove();
});

for (const { name, keyId, materialId, salt, encryptionContext, plaintext, blob } of vectors.token) {
  const key = { ...place, keyId, materialId };

  test(`a blob of a key in a token opens in the token: ${name}`, async () => {
    const opened = await keys.decrypt(key, bytes(blob), encryptionContext);
    assert.equal(opened?.toString("hex"), plaintext);
    const header = encodeBlobHeader(keyId, materialId, bytes(salt), blobSuites.token);
    assert.equal(blob.slice(0, 2 * blobHeaderLength), header.toString("hex"));
  });

  test(`the token knows the material's id, and what it seals it opens: ${name}`, async () => {
    const made = await keys.encrypt(key, bytes(plaintext), encryptionContext);
    assert.equal((await keys.decrypt(key, made, encryptionContext))?.toString("hex"), plaintext);
    assert.equal(made[1], blobSuites.token);
    const wrong = { ...key, materialId: materialId.replace(/^./, (c) => (c === "0" ? "1" : "0")) };
    const fresh = await tokenKeys(token);
    await assert.rejects(
      fresh.encrypt(wrong, bytes(plaintext), encryptionContext),
      /is not the one/,
    );
  });
}

for (const vector of vectors.external)
  test(`a blob of an external key is made of its layers, byte for byte: ${vector.name}`, () => {
    const { keyId, materialId, salt, blob } = vector;
    const bound = encodeEncryptionContext(vector.encryptionContext);
    const header = encodeBlobHeader(keyId, materialId, bytes(salt), blobSuites.external);
    const outer = decodeOuterLayer(bytes(blob).subarray(blobHeaderLength));
    assert.ok(outer);
    assert.equal(header.toString("hex") + encodeOuterLayer(outer).toString("hex"), blob);
    assert.deepEqual([...outer.iv], [...bytes(vector.iv)]);
    assert.deepEqual([...outer.metadata], [...bytes(vector.metadata)]);

    const key = bytes(vector.externalKey);
    const decipher = createDecipheriv("aes-256-gcm", key, outer.iv, { authTagLength: 16 });
    const aad = Buffer.concat([header, sha256(bound)]);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(aad.length);
    decipher.setAAD(
      outer.metadata.length === 0
        ? aad
        : Buffer.concat([length, aad, Buffer.of(outer.metadata.length), outer.metadata]),
    );
    decipher.setAuthTag(outer.tag);
    const layer = Buffer.concat([decipher.update(outer.ciphertext), decipher.final()]);

    using material = new KeyMaterial(bytes(vector.keyMaterial));
    assert.equal(material.idFor(keyId), materialId);
    const inner = Buffer.concat([header, layer]);
    material.use((secret) => {
      const opened = open(blobPurpose, secret, blobHeaderLength, bound, inner);
      assert.equal(opened?.toString("hex"), vector.plaintext);
      assert.deepEqual(seal(blobPurpose, secret, header, bound, bytes(vector.plaintext)), inner);
    });
  });
