import * as assert from "node:assert/strict";
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { mock, test } from "node:test";
import { IntegrityError } from "../base/errors.ts";
import { encryptTo } from "../crypto/asymmetric-encryption.ts";
import { encapsulate } from "../crypto/encapsulation.ts";
import { openssl } from "../crypto/openssl.ts";
import { verify } from "../crypto/signing.ts";
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

test("what one material encrypts it decrypts, another material does not", async () => {
  const store = softwareKeyStore();
  const material = await store.generate(domain, keyId, "SYMMETRIC_DEFAULT");
  const blob = store.encrypt(material, plaintext, context);
  assert.deepEqual(store.decrypt(material, blob, context), plaintext);
  assert.equal(store.decrypt(material, blob, undefined), undefined);
  const other = await store.generate(domain, keyId, "SYMMETRIC_DEFAULT");
  assert.equal(store.decrypt(other, blob, context), undefined);
});

test("stored material does not unwrap for another key, material id, spec or domain", async () => {
  const { domain: elsewhere } = createDomain(root, { ...domain.id, region: "us-east-2" });
  const material = await softwareKeyStore().generate(domain, keyId, "SYMMETRIC_DEFAULT");
  const others: readonly StoredMaterial[] = [
    { ...material, keyId: keyId.replace("1", "2") },
    { ...material, materialId: material.materialId.replace(/^./, "g") },
    { ...material, keySpec: "HMAC_256" },
    { ...material, domain: elsewhere },
  ];
  for (const other of others)
    assert.throws(() => softwareKeyStore().encrypt(other, plaintext, context), IntegrityError);
});

test("material taken into the store is wiped, and wrapped under the id of its bytes", async () => {
  const bytes = Buffer.alloc(32, 7);
  const first = await softwareKeyStore().take(domain, keyId, "SYMMETRIC_DEFAULT", bytes);
  assert.ok(bytes.every((byte) => byte === 0));
  const again = await softwareKeyStore().take(
    domain,
    keyId,
    "SYMMETRIC_DEFAULT",
    Buffer.alloc(32, 7),
  );
  assert.ok(first !== undefined);
  assert.equal(first.materialId, again?.materialId);
});

test("a generator that is stuck repeats no salt: not in a process, not for another plaintext", async () => {
  const stuck = mock.method(crypto, "randomBytes", (length: number) => Buffer.alloc(length, 1));
  syncBuiltinESMExports();
  try {
    const store = softwareKeyStore();
    const material = await store.take(domain, keyId, "SYMMETRIC_DEFAULT", Buffer.alloc(32, 7));
    assert.ok(material !== undefined);
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

test("a full cache gives up the oldest material, which unwraps again when it is needed", async () => {
  const store = softwareKeyStore(2);
  const materials = await Promise.all(
    Array.from({ length: 5 }, () =>
      store.generate(domain, crypto.randomUUID(), "SYMMETRIC_DEFAULT"),
    ),
  );
  const blobs = materials.map((each) => store.encrypt(each, plaintext, context));
  for (const [index, blob] of blobs.entries()) {
    const material = materials[index];
    assert.ok(material !== undefined);
    assert.deepEqual(store.decrypt(material, blob, context), plaintext);
  }
});

test("what is forgotten is unwrapped again, from what is stored and not from memory", async () => {
  const store = softwareKeyStore();
  const material = await store.generate(domain, keyId, "SYMMETRIC_DEFAULT");
  const blob = store.encrypt(material, plaintext, context);
  const destroyed = { ...material, wrapped: Buffer.alloc(material.wrapped.length) };
  assert.deepEqual(store.decrypt(destroyed, blob, context), plaintext);
  store.forget(domain.id, keyId.replace("1", "2"));
  assert.deepEqual(store.decrypt(destroyed, blob, context), plaintext);
  store.forget(domain.id, keyId);
  assert.throws(() => store.decrypt(destroyed, blob, context), IntegrityError);
});

test("what is no material of the spec is not taken, and wiped all the same", async () => {
  const bytes = Buffer.alloc(31, 7);
  assert.equal(await softwareKeyStore().take(domain, keyId, "SYMMETRIC_DEFAULT", bytes), undefined);
  assert.ok(bytes.every((byte) => byte === 0));
});

test("an asymmetric key signs and verifies by the public key that is stored with it", async () => {
  const store = softwareKeyStore();
  const material = await store.generate(domain, keyId, "ECC_NIST_P256");
  const signature = await store.sign(material, "ECDSA_SHA_256", "RAW", plaintext);
  assert.ok(material.publicKey !== undefined);
  const holds = (message: Buffer): Promise<boolean> =>
    verify(material.publicKey ?? Buffer.alloc(0), "ECDSA_SHA_256", "RAW", message, signature);
  assert.equal(await holds(plaintext), true);
  assert.equal(await holds(Buffer.from("other")), false);
});

test("asymmetric ciphertexts, macs, agreements and encapsulations use the stored material", async () => {
  const store = softwareKeyStore();
  const publicOf = ({ publicKey }: StoredMaterial): Uint8Array => publicKey ?? Buffer.alloc(0);
  const rsa = await store.generate(domain, keyId, "RSA_2048");
  const ciphertext = await encryptTo(publicOf(rsa), "RSAES_OAEP_SHA_256", plaintext);
  assert.deepEqual(await store.decryptAsymmetric(rsa, "RSAES_OAEP_SHA_256", ciphertext), plaintext);
  const hmac = await store.take(domain, keyId, "HMAC_256", Buffer.alloc(32, 0x0b));
  assert.ok(hmac !== undefined);
  assert.deepEqual(
    store.mac(hmac, "HMAC_SHA_256", plaintext),
    crypto.createHmac("sha256", Buffer.alloc(32, 0x0b)).update(plaintext).digest(),
  );
  const [left, right] = await Promise.all([
    store.generate(domain, keyId, "ECC_NIST_P384"),
    store.generate(domain, keyId, "ECC_NIST_P384"),
  ]);
  const shared = await store.agree(left, publicOf(right));
  assert.equal(shared?.length, 48);
  assert.deepEqual(await store.agree(right, publicOf(left)), shared);
  const kem = await store.generate(domain, keyId, "ML_KEM_768");
  const sent = await encapsulate(publicOf(kem));
  assert.deepEqual(await store.decapsulate(kem, sent.ciphertext), sent.sharedSecret);
});

test("a key forgotten while it signs still answers, and is wiped", async () => {
  const store = softwareKeyStore();
  const material = await store.generate(domain, keyId, "RSA_2048");
  const running = store.sign(material, "RSASSA_PSS_SHA_256", "RAW", plaintext);
  store.forget(domain.id, keyId);
  const signature = await running;
  assert.ok(material.publicKey !== undefined);
  assert.ok(await verify(material.publicKey, "RSASSA_PSS_SHA_256", "RAW", plaintext, signature));
});

test("material wrapped again for another region is the same material there, and there only", async () => {
  const { domain: elsewhere } = createDomain(root, { ...domain.id, region: "us-east-2" });
  const store = softwareKeyStore();
  const material = await store.generate(domain, keyId, "SYMMETRIC_DEFAULT");
  const replica = store.rewrap(material, elsewhere);
  assert.equal(replica.materialId, material.materialId);
  const blob = store.encrypt(material, plaintext, context);
  assert.deepEqual(store.decrypt(replica, blob, context), plaintext);
  assert.throws(
    () => softwareKeyStore().decrypt({ ...replica, domain }, blob, context),
    IntegrityError,
  );
});

test("private keys that are quick are used in this thread, the others in the pool", async () => {
  const store = softwareKeyStore();
  const quick = await store.generate(domain, keyId, "ECC_NIST_P256");
  const slow = await store.generate(domain, keyId, "ECC_NIST_P384");
  const kem = await store.generate(domain, keyId, "ML_KEM_512");
  const { ciphertext } = await encapsulate(kem.publicKey ?? Buffer.of());
  const closed = (..._values: readonly unknown[]): never => {
    throw new Error("the pool was asked");
  };
  const { EVP_PKEY_sign, EVP_PKEY_derive, EVP_PKEY_decapsulate } = openssl();
  const mocks = [EVP_PKEY_sign, EVP_PKEY_derive, EVP_PKEY_decapsulate].map((each) =>
    mock.method(each, "async", closed),
  );
  const digest = Buffer.alloc(32);
  try {
    await store.sign(quick, "ECDSA_SHA_256", "DIGEST", digest);
    assert.ok(await store.agree(quick, quick.publicKey ?? Buffer.of()));
    assert.ok(await store.decapsulate(kem, ciphertext));
    await assert.rejects(store.sign(slow, "ECDSA_SHA_384", "RAW", digest), /the pool was asked/);
  } finally {
    for (const each of mocks) each.mock.restore();
  }
});
