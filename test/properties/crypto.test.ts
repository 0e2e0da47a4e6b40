import * as assert from "node:assert/strict";
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { deriveSharedSecret } from "../../src/crypto/agreement.ts";
import { decryptWith, encryptTo, plaintextLimit } from "../../src/crypto/asymmetric-encryption.ts";
import { decapsulate, encapsulate } from "../../src/crypto/encapsulation.ts";
import { KeyMaterial } from "../../src/crypto/key-material.ts";
import type { KeySpec, KeySpecRow } from "../../src/crypto/key-spec.ts";
import { keySpecs } from "../../src/crypto/key-spec.ts";
import { digestLength, messageTypesOf, sign, verify } from "../../src/crypto/signing.ts";
import { createDomain } from "../../src/keystore/domain.ts";
import type { StoredMaterial } from "../../src/keystore/keystore.ts";
import { RootKey } from "../../src/keystore/root.ts";
import { softwareKeyStore } from "../../src/keystore/software.ts";

interface Key {
  readonly material: KeyMaterial;
  readonly publicKey: Buffer;
  readonly secret: Buffer;
}

async function keyOf(row: KeySpecRow): Promise<Key> {
  const { secret, publicKey = Buffer.of() } = await row.generate();
  return { secret: Buffer.from(secret), publicKey, material: new KeyMaterial(secret) };
}

const store = softwareKeyStore();
const { domain } = createDomain(RootKey.generate(), {
  account: "111122223333",
  region: "us-east-1",
  epoch: 1,
});

/** One round trip of everything that a stored key does, with another key of its spec at hand. */
async function roundTrip(key: StoredMaterial, other: StoredMaterial): Promise<void> {
  const { algorithms } = keySpecs[key.keySpec];
  const message = randomBytes(randomInt(1, 4097));
  for (const algorithm of pick(algorithms.SIGN_VERIFY)) {
    const [type = "RAW"] = pick(messageTypesOf(algorithm));
    const signed = type === "RAW" ? message : randomBytes(digestLength(algorithm) ?? 64);
    const signature = await store.sign(key, algorithm, type, signed);
    assert.ok(await verify(publicOf(key), algorithm, type, signed, signature));
  }
  for (const algorithm of pick(algorithms.ENCRYPT_DECRYPT))
    if (algorithm === "SYMMETRIC_DEFAULT") {
      const blob = store.encrypt(key, message, { type: "random" });
      assert.deepEqual(store.decrypt(key, blob, { type: "random" }), message);
      assert.equal(store.decrypt(other, blob, { type: "random" }), undefined);
    } else {
      const plaintext = randomBytes(randomInt(1, plaintextLimit(key.keySpec, algorithm) + 1));
      const ciphertext = await encryptTo(publicOf(key), algorithm, plaintext);
      assert.deepEqual(await store.decryptAsymmetric(key, algorithm, ciphertext), plaintext);
    }
  if (algorithms.KEY_AGREEMENT !== undefined)
    assert.deepEqual(
      await store.agree(key, publicOf(other)),
      await store.agree(other, publicOf(key)),
    );
  if (algorithms.ENCAPSULATE_DECAPSULATE !== undefined) {
    const { ciphertext, sharedSecret } = await encapsulate(publicOf(key));
    assert.deepEqual(await store.decapsulate(key, ciphertext), sharedSecret);
  }
  for (const algorithm of algorithms.GENERATE_VERIFY_MAC ?? []) {
    const tag = store.mac(key, algorithm, message);
    assert.deepEqual(store.mac(key, algorithm, message), tag);
    assert.notDeepEqual(store.mac(other, algorithm, message), tag);
  }
}

for (const keySpec of Object.keys(keySpecs) as KeySpec[])
  test(`1,000 random round trips of ${keySpec}`, async () => {
    const keys = await Promise.all(
      Array.from({ length: 4 }, () => store.generate(domain, randomUUID(), keySpec)),
    );
    for (let round = 0; round < 1000; round += 50)
      await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          const key = keys[(round + index) % 4];
          const other = keys[(round + index + 1) % 4];
          assert.ok(key !== undefined && other !== undefined);
          await roundTrip(key, other);
        }),
      );
  });

function publicOf({ publicKey }: StoredMaterial): Uint8Array {
  assert.ok(publicKey !== undefined);
  return publicKey;
}

test("imported material is what generated material was, for every spec that is imported", async () => {
  for (const row of Object.values(keySpecs)) {
    const { secret, publicKey } = await row.generate();
    const accepted = await row.accept(secret);
    if (row.origins.includes("EXTERNAL"))
      assert.deepEqual(accepted, { secret, ...(publicKey && { publicKey }) });
    else assert.equal(accepted, undefined);
  }
});

/** Bytes that differ from the given ones: one changed, cut, added, inserted, or a piece repeated. */
function damaged(bytes: Uint8Array): fc.Arbitrary<Buffer> {
  const place = fc.nat({ max: bytes.length });
  const value = fc.oneof(
    fc.nat({ max: 255 }),
    fc.constantFrom(0, 0x30, 0x7f, 0x80, 0x81, 0x84, 0xff),
  );
  const changes = fc.oneof(
    fc.tuple(place, value).map(([at, byte]) => splice(bytes, at, 1, Buffer.of(byte))),
    fc.tuple(place, fc.nat({ max: 40 })).map(([at, cut]) => splice(bytes, at, cut)),
    fc
      .tuple(place, fc.uint8Array({ minLength: 1, maxLength: 40 }))
      .map(([at, more]) => splice(bytes, at, 0, more)),
    fc.tuple(place, place).map(([at, from]) => splice(bytes, at, 0, bytes.subarray(from))),
    fc.uint8Array({ maxLength: 64 }).map((other) => Buffer.from(other)),
  );
  return changes.filter((other) => !other.equals(bytes));
}

function splice(
  bytes: Uint8Array,
  at: number,
  cut: number,
  more: Uint8Array = Buffer.of(),
): Buffer {
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at + cut)]);
}

/** Whether a call resolves, or rejects with the TypeError that its documentation names. */
async function onlyTypeError(call: Promise<unknown>): Promise<void> {
  await call.catch((fault: unknown) => assert.ok(fault instanceof TypeError, String(fault)));
}

const message = Buffer.from("message");

for (const [keySpec, runs] of [
  ["ECC_NIST_P256", 15_000],
  ["ECC_SECG_P256K1", 5_000],
  ["ECC_NIST_P521", 1_000],
  ["ECC_NIST_EDWARDS25519", 15_000],
  ["SM2", 5_000],
  ["RSA_2048", 10_000],
  ["ML_DSA_44", 5_000],
] as const)
  test(`a damaged signature of ${keySpec} does not hold, and a damaged public key does no harm`, async () => {
    const { material, publicKey } = await keyOf(keySpecs[keySpec]);
    for (const algorithm of keySpecs[keySpec].algorithms.SIGN_VERIFY ?? []) {
      const [type = "RAW"] = messageTypesOf(algorithm);
      const signature = await sign(material, algorithm, type, message);
      const checks = (key: Buffer, claimed: Buffer): Promise<boolean> =>
        verify(key, algorithm, type, message, claimed);
      const numRuns = Math.ceil(runs / (keySpecs[keySpec].algorithms.SIGN_VERIFY?.length ?? 1));
      const keyRuns = Math.ceil(numRuns / 5);
      await each(damaged(signature), numRuns, async (other) =>
        assert.equal(await checks(publicKey, other), false),
      );
      await each(damaged(publicKey), keyRuns, async (other) => {
        assert.equal(typeof (await checks(other, signature)), "boolean");
      });
    }
  });

test("a damaged ciphertext of RSA opens to nothing", async () => {
  const { material, publicKey } = await keyOf(keySpecs.RSA_2048);
  const ciphertext = await encryptTo(publicKey, "RSAES_OAEP_SHA_256", message);
  await each(damaged(ciphertext), 4_000, async (other) =>
    assert.equal(await decryptWith(material, "RSAES_OAEP_SHA_256", other), undefined),
  );
});

test("a damaged ciphertext of SM2 opens to nothing", async () => {
  const { material, publicKey } = await keyOf(keySpecs.SM2);
  const ciphertext = await encryptTo(publicKey, "SM2PKE", message);
  await each(damaged(ciphertext), 8_000, async (other) => {
    assert.equal(await decryptWith(material, "SM2PKE", other), undefined);
  });
});

test("a damaged ciphertext of ML-KEM gives no secret or another one", async () => {
  const { material, publicKey } = await keyOf(keySpecs.ML_KEM_768);
  const { ciphertext, sharedSecret } = await encapsulate(publicKey);
  await each(damaged(ciphertext), 8_000, async (other) => {
    const secret = await decapsulate(material, other);
    assert.equal(secret === undefined, other.length !== ciphertext.length);
    assert.notDeepEqual(secret, sharedSecret);
  });
});

test("a damaged public key of a peer gives no secret", async () => {
  for (const keySpec of ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "SM2"] as const) {
    const [own, peer] = [await keyOf(keySpecs[keySpec]), await keyOf(keySpecs[keySpec])];
    await each(damaged(peer.publicKey), 4_000, async (other) =>
      assert.equal(await deriveSharedSecret(own.material, other), undefined),
    );
  }
});

test("encrypting and encapsulating to a damaged public key does no harm", async () => {
  const rsa = await keyOf(keySpecs.RSA_2048);
  await each(damaged(rsa.publicKey), 5_000, (other) =>
    onlyTypeError(encryptTo(other, "RSAES_OAEP_SHA_1", message)),
  );
  const sm2 = await keyOf(keySpecs.SM2);
  await each(damaged(sm2.publicKey), 2_000, (other) =>
    onlyTypeError(encryptTo(other, "SM2PKE", message)),
  );
  const kem = await keyOf(keySpecs.ML_KEM_512);
  await each(damaged(kem.publicKey), 5_000, (other) => onlyTypeError(encapsulate(other)));
});

for (const [keySpec, runs] of [
  ["ECC_NIST_P256", 8_000],
  ["ECC_NIST_P384", 2_000],
  ["ECC_SECG_P256K1", 2_000],
  ["ECC_NIST_EDWARDS25519", 5_000],
  ["SM2", 2_000],
  ["RSA_2048", 500],
] as const)
  test(`a damaged private key is not imported as ${keySpec}, or is a sound one of its own`, async () => {
    const { secret } = await keyOf(keySpecs[keySpec]);
    await each(damaged(secret), runs, async (other) => {
      const accepted = await keySpecs[keySpec].accept(other);
      if (accepted === undefined) return;
      assert.deepEqual(await keySpecs[keySpec].accept(accepted.secret), accepted);
    });
  });

async function each(
  inputs: fc.Arbitrary<Buffer>,
  numRuns: number,
  check: (input: Buffer) => Promise<void>,
): Promise<void> {
  await fc.assert(fc.asyncProperty(inputs, check), { numRuns });
}

/** One of the list, or none of an absent one. */
function pick<T>(list: readonly T[] = []): readonly T[] {
  return list.length === 0 ? [] : list.slice(randomInt(list.length)).slice(0, 1);
}
