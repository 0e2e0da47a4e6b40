import * as assert from "node:assert/strict";
import { deriveSharedSecret } from "../../src/crypto/agreement.ts";
import type { AsymmetricAlgorithm } from "../../src/crypto/asymmetric-encryption.ts";
import { decryptWith } from "../../src/crypto/asymmetric-encryption.ts";
import { decapsulate } from "../../src/crypto/encapsulation.ts";
import { KeyMaterial } from "../../src/crypto/key-material.ts";
import type { KeySpec, MacAlgorithm } from "../../src/crypto/key-spec.ts";
import { keySpecs } from "../../src/crypto/key-spec.ts";
import { mac } from "../../src/crypto/mac.ts";
import { checkFile } from "../support/wycheproof.ts";

const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");

const macs: readonly (readonly [MacAlgorithm, file: string, invalid: number])[] = [
  ["HMAC_SHA_224", "hmac_sha224_test.json", 106],
  ["HMAC_SHA_256", "hmac_sha256_test.json", 108],
  ["HMAC_SHA_384", "hmac_sha384_test.json", 108],
  ["HMAC_SHA_512", "hmac_sha512_test.json", 108],
];
for (const [algorithm, file, invalid] of macs)
  checkFile<
    { readonly tagSize: number },
    { readonly key: string; readonly msg: string; readonly tag: string }
  >(file, { valid: 66, acceptable: 0, invalid }, ({ key, msg, tag }, { tagSize }) =>
    mac(algorithm, bytes(key), bytes(msg))
      .subarray(0, tagSize / 8)
      .equals(bytes(tag)),
  );

const encryptions: readonly (readonly [AsymmetricAlgorithm, KeySpec, file: string, number])[] = [
  ["RSAES_OAEP_SHA_1", "RSA_2048", "rsa_oaep_2048_sha1_mgf1sha1_test.json", 17],
  ["RSAES_OAEP_SHA_256", "RSA_2048", "rsa_oaep_2048_sha256_mgf1sha256_test.json", 18],
  ["RSAES_OAEP_SHA_256", "RSA_3072", "rsa_oaep_3072_sha256_mgf1sha256_test.json", 18],
  ["RSAES_OAEP_SHA_256", "RSA_4096", "rsa_oaep_4096_sha256_mgf1sha256_test.json", 18],
];
for (const [algorithm, keySpec, file, valid] of encryptions) {
  const importOnce = importer(keySpec);
  checkFile<
    { readonly privateKeyPkcs8: string },
    { readonly msg: string; readonly ct: string; readonly label: string }
  >(
    file,
    { valid, acceptable: 0, invalid: 19 },
    async ({ msg, ct }, { privateKeyPkcs8 }) => {
      const key = await importOnce(privateKeyPkcs8);
      const plaintext = await decryptWith(key, algorithm, bytes(ct));
      return plaintext?.equals(bytes(msg)) === true;
    },
    ({ label }) => label !== "",
  );
}

/** Headers of a PKCS#8 PrivateKeyInfo without public key, and bytes of the scalar behind them. */
const agreements: readonly (readonly [
  KeySpec,
  file: string,
  header: string,
  length: number,
  valid: number,
  acceptable: number,
  invalid: number,
])[] = [
  [
    "ECC_NIST_P256",
    "ecdh_secp256r1_test.json",
    "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420",
    32,
    330,
    230,
    52,
  ],
  [
    "ECC_NIST_P384",
    "ecdh_secp384r1_test.json",
    "304e020100301006072a8648ce3d020106052b81040022043730350201010430",
    48,
    771,
    230,
    46,
  ],
  [
    "ECC_NIST_P521",
    "ecdh_secp521r1_test.json",
    "3060020100301006072a8648ce3d020106052b81040023044930470201010442",
    66,
    632,
    228,
    56,
  ],
];
for (const [keySpec, file, header, length, valid, acceptable, invalid] of agreements) {
  const importOnce = importer(keySpec);
  checkFile<
    unknown,
    { readonly public: string; readonly private: string; readonly shared: string }
  >(file, { valid, acceptable, invalid }, async (each) => {
    const scalar = each.private.slice(-2 * length).padStart(2 * length, "0");
    const key = await importOnce(header + scalar);
    const secret = await deriveSharedSecret(key, bytes(each.public));
    return secret?.equals(bytes(each.shared)) === true;
  });
}

const seedHeaders = {
  ML_KEM_512: "3054020100300b06096086480165030404010442" + "8040",
  ML_KEM_768: "3054020100300b06096086480165030404020442" + "8040",
  ML_KEM_1024: "3054020100300b06096086480165030404030442" + "8040",
};
for (const [keySpec, file] of [
  ["ML_KEM_512", "mlkem_512_test.json"],
  ["ML_KEM_768", "mlkem_768_test.json"],
  ["ML_KEM_1024", "mlkem_1024_test.json"],
] as const)
  checkFile<
    unknown,
    { readonly seed: string; readonly c: string; readonly K: string; readonly ek?: string }
  >(file, { valid: 153, acceptable: 0, invalid: 40 }, async ({ seed, c, K, ek }) => {
    if (seed.length !== 128) return false;
    using key = new KeyMaterial(bytes(seedHeaders[keySpec] + seed));
    if (ek !== undefined) assert.ok(key.privateKey.spki().toString("hex").endsWith(ek));
    const secret = await decapsulate(key, bytes(c));
    return secret?.equals(bytes(K)) === true;
  });

/** Imports keys as ImportKeyMaterial does, each once: checking one takes long. */
function importer(keySpec: KeySpec): (pkcs8: string) => Promise<KeyMaterial> {
  const known = new Map<string, KeyMaterial>();
  return async (pkcs8) => {
    const cached = known.get(pkcs8);
    if (cached !== undefined) return cached;
    const accepted = await keySpecs[keySpec].accept(bytes(pkcs8));
    assert.ok(accepted !== undefined, `${keySpec} does not import ${pkcs8}`);
    const key = new KeyMaterial(accepted.secret);
    known.set(pkcs8, key);
    return key;
  };
}
