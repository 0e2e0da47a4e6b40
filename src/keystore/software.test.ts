import * as assert from "node:assert/strict";
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { mock, test } from "node:test";
import { IntegrityError } from "../base/errors.ts";
import { createDomain } from "./domain.ts";
import type { StoredMaterial } from "./keystore.ts";
import { RootKey } from "./root.ts";
import { softwareKeyStore } from "./software.ts";

const root = RootKey.generate();
const { domain } = createDomain(root, { account: "111122223333", region: "us-east-1", epoch: 1 });
const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
const plaintext = Buffer.from("plaintext");
const context = { app: "orders" };
const salt = (blob: Buffer): string => blob.toString("hex", 36, 68);

test("what one material encrypts it decrypts, another material does not", () => {
  const store = softwareKeyStore();
  const material = store.generate(domain, keyId, "SYMMETRIC_DEFAULT");
  const blob = store.encrypt(material, plaintext, context);
  assert.deepEqual(store.decrypt(material, blob, context), plaintext);
  assert.equal(store.decrypt(material, blob, undefined), undefined);
  const other = store.generate(domain, keyId, "SYMMETRIC_DEFAULT");
  assert.equal(store.decrypt(other, blob, context), undefined);
});

test("stored material does not unwrap for another key, material id, spec or domain", () => {
  const { domain: elsewhere } = createDomain(root, { ...domain.id, region: "us-east-2" });
  const material = softwareKeyStore().generate(domain, keyId, "SYMMETRIC_DEFAULT");
  const others: readonly StoredMaterial[] = [
    { ...material, keyId: keyId.replace("1", "2") },
    { ...material, materialId: material.materialId.replace(/^./, "g") },
    { ...material, domain: elsewhere },
  ];
  for (const other of others)
    assert.throws(() => softwareKeyStore().encrypt(other, plaintext, context), IntegrityError);
});

test("material taken into the store is wiped, and wrapped under the id of its bytes", () => {
  const bytes = Buffer.alloc(32, 7);
  const first = softwareKeyStore().take(domain, keyId, "SYMMETRIC_DEFAULT", bytes);
  assert.ok(bytes.every((byte) => byte === 0));
  const again = softwareKeyStore().take(domain, keyId, "SYMMETRIC_DEFAULT", Buffer.alloc(32, 7));
  assert.equal(first.materialId, again.materialId);
});

test("a generator that is stuck repeats no salt: not in a process, not for another plaintext", () => {
  const stuck = mock.method(crypto, "randomBytes", (length: number) => Buffer.alloc(length, 1));
  syncBuiltinESMExports();
  try {
    const store = softwareKeyStore();
    const material = store.take(domain, keyId, "SYMMETRIC_DEFAULT", Buffer.alloc(32, 7));
    const salts = Array.from({ length: 100 }, () => salt(store.encrypt(material, plaintext, {})));
    assert.equal(new Set(salts).size, salts.length);
    // A cloned machine: the same random bytes, counter and boot id. Another message still has another salt.
    const clone = softwareKeyStore();
    assert.equal(salt(clone.encrypt(material, plaintext, {})), salts[0]);
    const [left, right] = [softwareKeyStore(), softwareKeyStore()];
    assert.notEqual(
      salt(left.encrypt(material, plaintext, context)),
      salt(right.encrypt(material, Buffer.from("other"), context)),
    );
  } finally {
    stuck.mock.restore();
    syncBuiltinESMExports();
  }
});

test("a full cache gives up the oldest material, which unwraps again when it is needed", () => {
  const store = softwareKeyStore(2);
  const materials = Array.from({ length: 5 }, () =>
    store.generate(domain, crypto.randomUUID(), "SYMMETRIC_DEFAULT"),
  );
  const blobs = materials.map((each) => store.encrypt(each, plaintext, context));
  for (const [index, blob] of blobs.entries()) {
    const material = materials[index];
    assert.ok(material !== undefined);
    assert.deepEqual(store.decrypt(material, blob, context), plaintext);
  }
});

test("what is forgotten is unwrapped again, from what is stored and not from memory", () => {
  const store = softwareKeyStore();
  const material = store.generate(domain, keyId, "SYMMETRIC_DEFAULT");
  const blob = store.encrypt(material, plaintext, context);
  const destroyed = { ...material, wrapped: Buffer.alloc(material.wrapped.length) };
  assert.deepEqual(store.decrypt(destroyed, blob, context), plaintext);
  store.forget(domain, keyId.replace("1", "2"));
  assert.deepEqual(store.decrypt(destroyed, blob, context), plaintext);
  store.forget(domain, keyId);
  assert.throws(() => store.decrypt(destroyed, blob, context), IntegrityError);
});
