import * as assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { ed25519, ed25519ph } from "@noble/curves/ed25519.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { ml_dsa44, ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa.js";
import { ml_kem512, ml_kem768, ml_kem1024 } from "@noble/post-quantum/ml-kem.js";
import { deriveSharedSecret } from "../../src/crypto/agreement.ts";
import { decapsulate, encapsulate } from "../../src/crypto/encapsulation.ts";
import { KeyMaterial } from "../../src/crypto/key-material.ts";
import type { KeySpec } from "../../src/crypto/key-spec.ts";
import { keySpecs } from "../../src/crypto/key-spec.ts";
import { sign, verify } from "../../src/crypto/signing.ts";

/** The noble libraries: implementations in JavaScript that share no line with OpenSSL. */
interface Pair {
  readonly publicKey: Buffer;
  readonly key: KeyMaterial;
  readonly secret: Buffer;
}

async function pairOf(keySpec: KeySpec): Promise<Pair> {
  const { secret, publicKey } = await keySpecs[keySpec].generate();
  assert.ok(publicKey !== undefined);
  return { publicKey, secret: Buffer.from(secret), key: new KeyMaterial(secret) };
}

const rounds = Array.from({ length: 20 }, () => randomBytes(1 + (randomBytes(1)[0] ?? 0)));

/** Key spec, curve, where the scalar stands in our PKCS#8, bytes of a coordinate, algorithm and its hash. */
const curves = [
  ["ECC_NIST_P256", p256, 36, 32, "ECDSA_SHA_256", "sha256"],
  ["ECC_NIST_P384", p384, 35, 48, "ECDSA_SHA_384", "sha384"],
  ["ECC_NIST_P521", p521, 35, 66, "ECDSA_SHA_512", "sha512"],
  ["ECC_SECG_P256K1", secp256k1, 33, 32, "ECDSA_SHA_256", "sha256"],
] as const;
const der = { prehash: false, lowS: false, format: "der" } as const;

for (const [keySpec, curve, scalarAt, length, algorithm, hash] of curves)
  test(`noble verifies ${algorithm} of ${keySpec}, and signs what verifies here`, async () => {
    const { publicKey, secret, key } = await pairOf(keySpec);
    const scalar = secret.subarray(scalarAt, scalarAt + length);
    const point = publicKey.subarray(-(1 + 2 * length));
    assert.deepEqual(Buffer.from(curve.getPublicKey(scalar, false)), point);
    for (const message of rounds) {
      const digest = createHash(hash).update(message).digest();
      const ours = await sign(key, algorithm, "DIGEST", digest);
      assert.ok(curve.verify(ours, digest, point, der));
      const theirs = curve.sign(digest, scalar, der);
      assert.ok(await verify(publicKey, algorithm, "RAW", message, theirs));
      const other = Buffer.from(digest).reverse();
      assert.ok(!curve.verify(ours, other, point, der));
      assert.ok(!(await verify(publicKey, algorithm, "DIGEST", other, theirs)));
    }
  });

test("signatures of ECDSA are not forced to a low s", async () => {
  const { key, publicKey } = await pairOf("ECC_SECG_P256K1");
  const half = secp256k1.Point.Fn.ORDER / 2n;
  const high: boolean[] = [];
  for (let round = 0; round < 64; round++) {
    const signature = await sign(key, "ECDSA_SHA_256", "RAW", Buffer.of(round));
    high.push(secp256k1.Signature.fromBytes(signature, "der").s > half);
    assert.ok(await verify(publicKey, "ECDSA_SHA_256", "RAW", Buffer.of(round), signature));
  }
  assert.ok(high.includes(true) && high.includes(false));
});

test("noble derives the shared secrets that are derived here", async () => {
  for (const [keySpec, curve, scalarAt, length] of curves.slice(0, 3)) {
    const [ours, theirs] = [await pairOf(keySpec), await pairOf(keySpec)];
    const scalar = theirs.secret.subarray(scalarAt, scalarAt + length);
    const point = ours.publicKey.subarray(-(1 + 2 * length));
    const shared = Buffer.from(curve.getSharedSecret(scalar, point)).subarray(1);
    assert.deepEqual(await deriveSharedSecret(ours.key, theirs.publicKey), shared);
  }
});

test("noble makes the same Ed25519 and Ed25519ph signatures, which never stand for each other", async () => {
  const { publicKey, secret, key } = await pairOf("ECC_NIST_EDWARDS25519");
  const [seed, point] = [secret.subarray(-32), publicKey.subarray(-32)];
  for (const message of rounds) {
    const pure = await sign(key, "ED25519_SHA_512", "RAW", message);
    assert.deepEqual(pure, Buffer.from(ed25519.sign(message, seed)));
    assert.ok(await verify(publicKey, "ED25519_SHA_512", "RAW", message, pure));
    const digest = createHash("sha512").update(message).digest();
    const prehashed = await sign(key, "ED25519_PH_SHA_512", "DIGEST", digest);
    assert.deepEqual(prehashed, Buffer.from(ed25519ph.sign(digest, seed)));
    assert.ok(ed25519ph.verify(prehashed, digest, point));
    assert.ok(await verify(publicKey, "ED25519_PH_SHA_512", "DIGEST", digest, prehashed));
    assert.ok(!(await verify(publicKey, "ED25519_SHA_512", "RAW", digest, prehashed)));
    assert.ok(!(await verify(publicKey, "ED25519_PH_SHA_512", "DIGEST", digest, pure)));
  }
});

for (const [keySpec, theirs] of [
  ["ML_DSA_44", ml_dsa44],
  ["ML_DSA_65", ml_dsa65],
  ["ML_DSA_87", ml_dsa87],
] as const)
  test(`noble verifies ${keySpec} of a message and of its mu, and signs what verifies here`, async () => {
    const { publicKey, secret, key } = await pairOf(keySpec);
    const theirKey = theirs.keygen(secret.subarray(-32));
    const raw = publicKey.subarray(-(theirs.lengths.publicKey ?? 0));
    assert.deepEqual(Buffer.from(theirKey.publicKey), raw);
    for (const message of rounds.slice(0, 5)) {
      const mu = externalMu(raw, message);
      const ofMessage = await sign(key, "ML_DSA_SHAKE_256", "RAW", message);
      const ofMu = await sign(key, "ML_DSA_SHAKE_256", "EXTERNAL_MU", mu);
      for (const ours of [ofMessage, ofMu]) {
        assert.ok(theirs.verify(ours, message, raw));
        assert.ok(await verify(publicKey, "ML_DSA_SHAKE_256", "RAW", message, ours));
        assert.ok(await verify(publicKey, "ML_DSA_SHAKE_256", "EXTERNAL_MU", mu, ours));
        assert.ok(!(await verify(publicKey, "ML_DSA_SHAKE_256", "RAW", mu, ours)));
      }
      const signed = theirs.sign(message, theirKey.secretKey);
      assert.ok(await verify(publicKey, "ML_DSA_SHAKE_256", "RAW", message, signed));
      const signedMu = theirs.internal.sign(mu, theirKey.secretKey, { externalMu: true });
      assert.ok(await verify(publicKey, "ML_DSA_SHAKE_256", "EXTERNAL_MU", mu, signedMu));
    }
  });

/** FIPS 204, 6.2: mu of a message with the empty context. */
function externalMu(publicKey: Buffer, message: Buffer): Buffer {
  const shake = (...parts: readonly Buffer[]): Buffer =>
    createHash("shake256", { outputLength: 64 }).update(Buffer.concat(parts)).digest();
  return shake(shake(publicKey), Buffer.of(0, 0), message);
}

for (const [keySpec, theirs] of [
  ["ML_KEM_512", ml_kem512],
  ["ML_KEM_768", ml_kem768],
  ["ML_KEM_1024", ml_kem1024],
] as const)
  test(`noble opens what ${keySpec} encapsulates, makes what opens here, and rejects alike`, async () => {
    const { publicKey, secret, key } = await pairOf(keySpec);
    const theirKey = theirs.keygen(secret.subarray(-64));
    assert.deepEqual(
      Buffer.from(theirKey.publicKey),
      publicKey.subarray(-theirKey.publicKey.length),
    );
    for (const _ of rounds) {
      const ours = await encapsulate(publicKey);
      const opened = theirs.decapsulate(ours.ciphertext, theirKey.secretKey);
      assert.deepEqual(Buffer.from(opened), ours.sharedSecret);
      const made = theirs.encapsulate(theirKey.publicKey);
      const shared = await decapsulate(key, made.cipherText);
      assert.deepEqual(shared, Buffer.from(made.sharedSecret));
      const foreign = randomBytes(ours.ciphertext.length);
      const rejected = Buffer.from(theirs.decapsulate(foreign, theirKey.secretKey));
      assert.deepEqual(await decapsulate(key, foreign), rejected);
    }
  });
