import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { deriveSharedSecret } from "./agreement.ts";
import { decryptWith, encryptTo, plaintextLimit } from "./asymmetric-encryption.ts";
import { decapsulate, encapsulate } from "./encapsulation.ts";
import { KeyMaterial } from "./key-material.ts";
import type { KeySpec, SigningAlgorithm } from "./key-spec.ts";
import { keySpecs } from "./key-spec.ts";
import { digestLength, messageTypesOf, sign, verify } from "./signing.ts";

const message = Buffer.from("message");

async function keyOf(keySpec: KeySpec) {
  const { secret, publicKey } = await keySpecs[keySpec].generate();
  assert.ok(publicKey !== undefined);
  return { material: new KeyMaterial(secret), publicKey };
}

test("the usages of a key spec are those that it has algorithms for", () => {
  for (const { usages, algorithms } of Object.values(keySpecs))
    assert.deepEqual(usages, Object.keys(algorithms));
});

test("each algorithm takes the message types and digests that AWS documents", () => {
  const expected: Readonly<Record<SigningAlgorithm, readonly [string, number | undefined]>> = {
    RSASSA_PKCS1_V1_5_SHA_256: ["RAW DIGEST", 32],
    RSASSA_PKCS1_V1_5_SHA_384: ["RAW DIGEST", 48],
    RSASSA_PKCS1_V1_5_SHA_512: ["RAW DIGEST", 64],
    RSASSA_PSS_SHA_256: ["RAW DIGEST", 32],
    RSASSA_PSS_SHA_384: ["RAW DIGEST", 48],
    RSASSA_PSS_SHA_512: ["RAW DIGEST", 64],
    ECDSA_SHA_256: ["RAW DIGEST", 32],
    ECDSA_SHA_384: ["RAW DIGEST", 48],
    ECDSA_SHA_512: ["RAW DIGEST", 64],
    ED25519_SHA_512: ["RAW", undefined],
    ED25519_PH_SHA_512: ["DIGEST", undefined],
    SM2DSA: ["RAW DIGEST", 32],
    ML_DSA_SHAKE_256: ["RAW EXTERNAL_MU", 64],
  };
  for (const [algorithm, [types, length]] of Object.entries(expected)) {
    assert.equal(messageTypesOf(algorithm as SigningAlgorithm).join(" "), types);
    assert.equal(digestLength(algorithm as SigningAlgorithm), length);
  }
});

test("a message of a type or a length that the algorithm does not take is refused", async () => {
  const ec = await keyOf("ECC_NIST_P256");
  const ed = await keyOf("ECC_NIST_EDWARDS25519");
  const refused = [
    [ec, "ECDSA_SHA_256", "DIGEST", randomBytes(31)],
    [ec, "ECDSA_SHA_256", "DIGEST", randomBytes(48)],
    [ec, "ECDSA_SHA_256", "EXTERNAL_MU", randomBytes(64)],
    [ed, "ED25519_SHA_512", "DIGEST", randomBytes(64)],
    [ed, "ED25519_PH_SHA_512", "RAW", message],
  ] as const;
  for (const [{ material, publicKey }, algorithm, type, given] of refused) {
    await assert.rejects(sign(material, algorithm, type, given), TypeError);
    await assert.rejects(verify(publicKey, algorithm, type, given, message), TypeError);
  }
});

test("a key works with the algorithms of its own type only", async () => {
  const [rsa, ec, sm2, kem] = await Promise.all(
    (["RSA_2048", "ECC_NIST_P256", "SM2", "ML_KEM_512"] as const).map(keyOf),
  );
  assert.ok(rsa && ec && sm2 && kem);
  const digest = randomBytes(32);
  for (const [one, other, algorithm] of [
    [ec, rsa, "ECDSA_SHA_256"],
    [ec, sm2, "ECDSA_SHA_256"],
    [sm2, ec, "SM2DSA"],
    [rsa, ec, "RSASSA_PSS_SHA_256"],
  ] as const) {
    const signature = await sign(one.material, algorithm, "DIGEST", digest);
    await assert.rejects(sign(other.material, algorithm, "DIGEST", digest), TypeError);
    assert.equal(await verify(other.publicKey, algorithm, "DIGEST", digest, signature), false);
  }
  await assert.rejects(encryptTo(ec.publicKey, "RSAES_OAEP_SHA_1", message), TypeError);
  await assert.rejects(decryptWith(sm2.material, "RSAES_OAEP_SHA_1", message), TypeError);
  await assert.rejects(encapsulate(ec.publicKey), TypeError);
  await assert.rejects(decapsulate(rsa.material, message), TypeError);
  await assert.rejects(
    sign(new KeyMaterial(Buffer.alloc(32)), "SM2DSA", "RAW", message),
    TypeError,
  );
  assert.equal(await verify(kem.publicKey, "ML_DSA_SHAKE_256", "RAW", message, message), false);
});

test("the longest plaintext of a key encrypts, one byte more does not", async () => {
  const limits = {
    RSAES_OAEP_SHA_1: [214, 342, 470],
    RSAES_OAEP_SHA_256: [190, 318, 446],
  } as const;
  for (const [index, keySpec] of (["RSA_2048", "RSA_3072", "RSA_4096"] as const).entries()) {
    const { publicKey } = await keyOf(keySpec);
    for (const algorithm of ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] as const) {
      const limit = plaintextLimit(keySpec, algorithm);
      assert.equal(limit, limits[algorithm][index]);
      await encryptTo(publicKey, algorithm, randomBytes(limit));
      await assert.rejects(encryptTo(publicKey, algorithm, randomBytes(limit + 1)), TypeError);
    }
  }
  assert.equal(plaintextLimit("SM2", "SM2PKE"), 1024);
});

/** What RSA makes is a number as long as the modulus: about one in 256 begins with a zero. */
async function beginningWithZero(make: () => Promise<Buffer>): Promise<Buffer> {
  for (;;) {
    const made = await make();
    if (made[0] === 0) return made;
  }
}

test("RSA takes a number in its full length only: a zero before it counts", async () => {
  const { material, publicKey } = await keyOf("RSA_2048");
  for (const algorithm of ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] as const) {
    const whole = await beginningWithZero(() => encryptTo(publicKey, algorithm, message));
    assert.deepEqual(await decryptWith(material, algorithm, whole), message);
    for (const changed of [whole.subarray(1), Buffer.concat([Buffer.of(0), whole])])
      assert.equal(await decryptWith(material, algorithm, changed), undefined);
  }
  for (const algorithm of ["RSASSA_PSS_SHA_256", "RSASSA_PKCS1_V1_5_SHA_256"] as const) {
    let signed = message;
    const whole = await beginningWithZero(() => {
      signed = randomBytes(16);
      return sign(material, algorithm, "RAW", signed);
    });
    assert.ok(await verify(publicKey, algorithm, "RAW", signed, whole));
    for (const changed of [whole.subarray(1), Buffer.concat([Buffer.of(0), whole])])
      assert.equal(await verify(publicKey, algorithm, "RAW", signed, changed), false);
  }
});

test("a thousand calls at once are all answered, and may lose their key meanwhile", async () => {
  const { material, publicKey } = await keyOf("ECC_NIST_P256");
  const running = Array.from({ length: 1000 }, () =>
    sign(material, "ECDSA_SHA_256", "RAW", message),
  );
  material[Symbol.dispose]();
  await assert.rejects(sign(material, "ECDSA_SHA_256", "RAW", message), TypeError);
  const signatures = await Promise.all(running);
  assert.equal(new Set(signatures.map((each) => each.toString("hex"))).size, 1000);
  for (const signature of signatures)
    assert.ok(await verify(publicKey, "ECDSA_SHA_256", "RAW", message, signature));
});

test("what a caller does with his bytes while a call runs or waits changes nothing", async () => {
  const { material, publicKey } = await keyOf("ECC_NIST_EDWARDS25519");
  const given = Array.from({ length: 200 }, () => randomBytes(4096));
  const originals = given.map((each) => Buffer.from(each));
  const running = given.map((each) => sign(material, "ED25519_SHA_512", "RAW", each));
  for (const each of given) each.fill(0);
  for (const [index, signature] of (await Promise.all(running)).entries()) {
    const original = originals[index] ?? Buffer.of();
    assert.ok(await verify(publicKey, "ED25519_SHA_512", "RAW", original, signature));
  }
});

const places = ["here", "pool"] as const;

test("what is computed here is what the pool computes", async () => {
  const ec = await keyOf("ECC_NIST_P256");
  const rsa = await keyOf("RSA_2048");
  for (const place of places)
    for (const other of places) {
      const by = (key: typeof ec, algorithm: SigningAlgorithm) =>
        sign(key.material, algorithm, "RAW", message, place);
      for (const [key, algorithm] of [
        [ec, "ECDSA_SHA_256"],
        [rsa, "RSASSA_PSS_SHA_256"],
      ] as const) {
        const signature = await by(key, algorithm);
        const holds = (signed: Buffer) =>
          verify(key.publicKey, algorithm, "RAW", signed, signature, other);
        assert.ok(await holds(message));
        assert.ok(!(await holds(Buffer.from("another"))));
      }
    }
});

test("secrets are the same here and in the pool, and what is wrong is refused in both", async () => {
  const [own, peer, kem] = [
    await keyOf("ECC_NIST_P256"),
    await keyOf("ECC_NIST_P256"),
    await keyOf("ML_KEM_768"),
  ];
  const rsa = await keyOf("RSA_2048");
  for (const place of places) {
    const shared = await deriveSharedSecret(own.material, peer.publicKey, place);
    assert.deepEqual(shared, await deriveSharedSecret(peer.material, own.publicKey));
    const off = Buffer.from(peer.publicKey);
    off[off.length - 1] = (off.at(-1) ?? 0) ^ 1;
    assert.equal(await deriveSharedSecret(own.material, off, place), undefined);
    const { sharedSecret, ciphertext } = await encapsulate(kem.publicKey, place);
    for (const other of places)
      assert.deepEqual(await decapsulate(kem.material, ciphertext, other), sharedSecret);
    assert.equal(await decapsulate(kem.material, ciphertext.subarray(1), place), undefined);
    const sealed = await encryptTo(rsa.publicKey, "RSAES_OAEP_SHA_256", message, place);
    assert.deepEqual(await decryptWith(rsa.material, "RSAES_OAEP_SHA_256", sealed), message);
    const tooLong = encryptTo(rsa.publicKey, "RSAES_OAEP_SHA_256", randomBytes(400), place);
    await assert.rejects(tooLong, TypeError);
  }
});
