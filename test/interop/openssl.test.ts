import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { deriveSharedSecret } from "../../src/crypto/agreement.ts";
import { decryptWith, encryptTo } from "../../src/crypto/asymmetric-encryption.ts";
import { KeyMaterial } from "../../src/crypto/key-material.ts";
import type { KeySpec, SigningAlgorithm } from "../../src/crypto/key-spec.ts";
import { keySpecs } from "../../src/crypto/key-spec.ts";
import { mac } from "../../src/crypto/mac.ts";
import { sign, verify } from "../../src/crypto/signing.ts";

/** The `openssl` command of the machine: a build and a version other than that inside node. */
const folder = mkdtempSync(join(tmpdir(), "keywright-openssl-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

function file(content: Uint8Array = Buffer.alloc(0)): string {
  const path = join(folder, String(files++));
  writeFileSync(path, content);
  return path;
}

/** Runs the command; its output, or undefined when it fails. */
function openssl(...args: readonly string[]): Buffer | undefined {
  const { error, status, stdout } = spawnSync("openssl", args);
  if (error !== undefined) throw error;
  return status === 0 ? stdout : undefined;
}

interface Pair {
  readonly secret: Buffer;
  readonly publicKey: Buffer;
  readonly key: KeyMaterial;
  readonly secretFile: string;
  readonly publicFile: string;
}

async function pairOf(keySpec: KeySpec): Promise<Pair> {
  const { secret, publicKey } = await keySpecs[keySpec].generate();
  assert.ok(publicKey !== undefined);
  const files = { secretFile: file(secret), publicFile: file(publicKey) };
  return { secret, publicKey, key: new KeyMaterial(secret), ...files };
}

const digestOf = (name: string, message: Buffer): Buffer =>
  createHash(name).update(message).digest();

/** Options of `openssl pkeyutl` for an algorithm; the digest that it signs, or none where it takes the message. */
type Options = readonly [digest: string | undefined, options: readonly string[]];
const pkcs1 = (hash: string): Options => [hash, ["rsa_padding_mode:pkcs1", `digest:${hash}`]];
const pss = (hash: string): Options => [
  hash,
  [
    "rsa_padding_mode:pss",
    `digest:${hash}`,
    `rsa_pss_saltlen:${digestOf(hash, Buffer.of()).length}`,
  ],
];
const options: Readonly<Partial<Record<SigningAlgorithm, Options>>> = {
  RSASSA_PKCS1_V1_5_SHA_256: pkcs1("sha256"),
  RSASSA_PKCS1_V1_5_SHA_384: pkcs1("sha384"),
  RSASSA_PKCS1_V1_5_SHA_512: pkcs1("sha512"),
  RSASSA_PSS_SHA_256: pss("sha256"),
  RSASSA_PSS_SHA_384: pss("sha384"),
  RSASSA_PSS_SHA_512: pss("sha512"),
  ECDSA_SHA_256: ["sha256", []],
  ECDSA_SHA_384: ["sha384", []],
  ECDSA_SHA_512: ["sha512", []],
  ED25519_SHA_512: [undefined, []],
};

for (const [keySpec, row] of Object.entries(keySpecs))
  for (const algorithm of row.algorithms.SIGN_VERIFY ?? []) {
    const [digest, settings] = options[algorithm] ?? [];
    if (settings === undefined) continue;
    test(`openssl verifies ${algorithm} of ${keySpec}, and signs what verifies here`, async () => {
      const pair = await pairOf(keySpec as KeySpec);
      const message = randomBytes(100);
      const signed = digest === undefined ? message : digestOf(digest, message);
      const common = [
        ...settings.flatMap((each) => ["-pkeyopt", each]),
        ...(digest === undefined ? ["-rawin"] : []),
        ...["-keyform", "DER", "-in", file(signed)],
      ];
      const signature = await sign(pair.key, algorithm, "RAW", message);
      const checks = (claimed: Buffer): Buffer | undefined =>
        openssl(
          "pkeyutl",
          "-verify",
          ...["-pubin", "-inkey", pair.publicFile, "-sigfile", file(claimed)],
          ...common,
        );
      assert.ok(checks(signature) !== undefined, "openssl refuses our signature");
      if (digest !== undefined)
        assert.ok(checks(await sign(pair.key, algorithm, "DIGEST", signed)) !== undefined);
      signature[20] = (signature[20] ?? 0) ^ 1;
      assert.equal(checks(signature), undefined);

      const theirs = openssl("pkeyutl", "-sign", "-inkey", pair.secretFile, ...common);
      assert.ok(theirs !== undefined);
      assert.ok(await verify(pair.publicKey, algorithm, "RAW", message, theirs));
      if (digest !== undefined)
        assert.ok(await verify(pair.publicKey, algorithm, "DIGEST", signed, theirs));
    });
  }

test("openssl verifies SM2DSA with the default id, and signs what verifies here", async () => {
  const pair = await pairOf("SM2");
  const message = file(randomBytes(100));
  const common = ["-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"];
  const input = ["-keyform", "DER", "-in", message, ...common];
  const signature = await sign(pair.key, "SM2DSA", "RAW", readFileSync(message));
  const key = ["-pubin", "-inkey", pair.publicFile, "-sigfile", file(signature)];
  assert.ok(openssl("pkeyutl", "-verify", ...key, ...input) !== undefined);
  const theirs = openssl("pkeyutl", "-sign", "-inkey", pair.secretFile, ...input);
  assert.ok(theirs !== undefined);
  assert.ok(await verify(pair.publicKey, "SM2DSA", "RAW", readFileSync(message), theirs));
});

const encryptions = [
  ["RSAES_OAEP_SHA_1", ["rsa_padding_mode:oaep", "rsa_oaep_md:sha1", "rsa_mgf1_md:sha1"]],
  ["RSAES_OAEP_SHA_256", ["rsa_padding_mode:oaep", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha256"]],
  ["SM2PKE", []],
] as const;
for (const [algorithm, settings] of encryptions)
  for (const [keySpec, { algorithms }] of Object.entries(keySpecs))
    if (algorithms.ENCRYPT_DECRYPT?.includes(algorithm))
      test(`openssl opens ${algorithm} to ${keySpec}, and makes what opens here`, async () => {
        const pair = await pairOf(keySpec as KeySpec);
        const plaintext = randomBytes(100);
        const common = ["-keyform", "DER", ...settings.flatMap((each) => ["-pkeyopt", each])];
        const ours = file(await encryptTo(pair.publicKey, algorithm, plaintext));
        const opened = openssl(
          "pkeyutl",
          "-decrypt",
          "-inkey",
          pair.secretFile,
          "-in",
          ours,
          ...common,
        );
        assert.deepEqual(opened, plaintext);
        const key = ["-pubin", "-inkey", pair.publicFile];
        const theirs = openssl("pkeyutl", "-encrypt", ...key, "-in", file(plaintext), ...common);
        assert.ok(theirs !== undefined);
        assert.deepEqual(await decryptWith(pair.key, algorithm, theirs), plaintext);
      });

for (const keySpec of ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"] as const)
  test(`openssl derives the shared secret of ${keySpec} that is derived here`, async () => {
    const [left, right] = [await pairOf(keySpec), await pairOf(keySpec)];
    const forms = ["-keyform", "DER", "-peerform", "DER"];
    const keys = ["-inkey", left.secretFile, "-peerkey", right.publicFile];
    const theirs = openssl("pkeyutl", "-derive", ...keys, ...forms);
    assert.ok(theirs !== undefined);
    assert.deepEqual(await deriveSharedSecret(left.key, right.publicKey), theirs);
    assert.deepEqual(await deriveSharedSecret(right.key, left.publicKey), theirs);
  });

for (const [algorithm, hash] of [
  ["HMAC_SHA_224", "SHA224"],
  ["HMAC_SHA_256", "SHA256"],
  ["HMAC_SHA_384", "SHA384"],
  ["HMAC_SHA_512", "SHA512"],
] as const)
  test(`openssl computes the same ${algorithm}`, () => {
    const [key, message] = [randomBytes(64), randomBytes(1000)];
    const keyOption = ["-macopt", `hexkey:${key.toString("hex")}`];
    const args = ["-digest", hash, ...keyOption, "-in", file(message), "-binary", "HMAC"];
    assert.deepEqual(mac(algorithm, key, message), openssl("mac", ...args));
  });

const converted = (der: Buffer, ...args: readonly string[]): Buffer => {
  const result = openssl(...args, "-inform", "DER", "-outform", "DER", "-in", file(der));
  assert.ok(result !== undefined, args.join(" "));
  return result;
};
/** What `openssl genpkey` makes, as PKCS#8 in DER. */
const generated = (args: string): Buffer => {
  const der = openssl("genpkey", "-outform", "DER", ...args.split(" "));
  assert.ok(der !== undefined, args);
  return converted(der, "pkcs8", "-topk8", "-nocrypt");
};

const made: readonly (readonly [KeySpec, args: string])[] = [
  ["RSA_2048", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048"],
  ["RSA_2048", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3"],
  ["RSA_3072", "-algorithm RSA -pkeyopt rsa_keygen_bits:3072"],
  ["ECC_NIST_P256", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256"],
  ["ECC_NIST_P384", "-algorithm EC -pkeyopt ec_paramgen_curve:P-384"],
  ["ECC_NIST_P521", "-algorithm EC -pkeyopt ec_paramgen_curve:P-521"],
  ["ECC_SECG_P256K1", "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1"],
  ["ECC_NIST_EDWARDS25519", "-algorithm ED25519"],
  ["SM2", "-algorithm SM2"],
];
for (const [keySpec, args] of made)
  test(`a key of openssl genpkey ${args} is imported as ${keySpec} and as no other spec`, async () => {
    const der = generated(args);
    for (const [other, row] of Object.entries(keySpecs)) {
      if (row.keyType !== "asymmetric") continue;
      const accepted = await row.accept(der);
      assert.equal(accepted !== undefined, other === keySpec, other);
      if (accepted === undefined) continue;
      assert.deepEqual(accepted.secret, der);
      assert.deepEqual(accepted.publicKey, converted(der, "pkey", "-pubout"));
    }
  });

test("a key of a curve is imported as one and the same material, however its point is written", async () => {
  const der = generated("-algorithm EC -pkeyopt ec_paramgen_curve:P-256");
  for (const option of [["-no_public"], ["-conv_form", "compressed"], ["-conv_form", "hybrid"]]) {
    const sec1 = converted(der, "ec", ...option);
    const other = converted(sec1, "pkcs8", "-topk8", "-nocrypt");
    assert.notDeepEqual(other, der);
    assert.deepEqual((await keySpecs.ECC_NIST_P256.accept(other))?.secret, der);
  }
});

test("a private key that is not that of its public key, or not sound, is not imported", async () => {
  const ours = generated("-algorithm EC -pkeyopt ec_paramgen_curve:P-256");
  const other = generated("-algorithm EC -pkeyopt ec_paramgen_curve:P-256");
  const mixed = Buffer.concat([ours.subarray(0, -65), other.subarray(-65)]);
  assert.equal(await keySpecs.ECC_NIST_P256.accept(mixed), undefined);
  const rsa = generated("-algorithm RSA -pkeyopt rsa_keygen_bits:2048");
  // Places in the modulus, the private exponent, a prime and the last coefficient.
  for (const place of [100, 400, 600, rsa.length - 10]) {
    const damaged = Buffer.from(rsa);
    damaged[place] = (damaged[place] ?? 0) ^ 2;
    assert.equal(await keySpecs.RSA_2048.accept(damaged), undefined, String(place));
  }
});

test("keys in other forms are not imported", async () => {
  const ec = generated("-algorithm EC -pkeyopt ec_paramgen_curve:P-256");
  const rsa = generated("-algorithm RSA -pkeyopt rsa_keygen_bits:2048");
  const sec1 = converted(ec, "ec");
  const refused: Readonly<Record<string, readonly [KeySpec, Buffer]>> = {
    "explicit parameters": [
      "ECC_NIST_P256",
      generated("-algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit"),
    ],
    "SEC 1": ["ECC_NIST_P256", sec1],
    "PKCS#1": ["RSA_2048", converted(rsa, "rsa", "-traditional")],
    PEM: ["RSA_2048", openssl("pkey", "-inform", "DER", "-in", file(rsa)) ?? Buffer.of()],
    "encrypted PKCS#8": ["RSA_2048", converted(rsa, "pkcs8", "-topk8", "-passout", "pass:secret")],
    "three primes": [
      "RSA_2048",
      generated("-algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_primes:3"),
    ],
    "an exponent of 65 bits": [
      "RSA_2048",
      generated(
        "-algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:18446744073709551629",
      ),
    ],
    "RSA-PSS": ["RSA_2048", generated("-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048")],
    "a byte behind": ["RSA_2048", Buffer.concat([rsa, Buffer.of(0)])],
    "a public key": ["RSA_2048", converted(rsa, "pkey", "-pubout")],
    X25519: ["ECC_NIST_EDWARDS25519", generated("-algorithm X25519")],
    Ed448: ["ECC_NIST_EDWARDS25519", generated("-algorithm ED448")],
    "another curve": ["ECC_NIST_P256", generated("-algorithm EC -pkeyopt ec_paramgen_curve:P-224")],
    "another length": ["RSA_2048", generated("-algorithm RSA -pkeyopt rsa_keygen_bits:2056")],
  };
  for (const [name, [keySpec, der]] of Object.entries(refused)) {
    assert.ok(der.length > 0, name);
    assert.equal(await keySpecs[keySpec].accept(der), undefined, name);
  }
});
