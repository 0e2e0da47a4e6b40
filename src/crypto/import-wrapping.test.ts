import * as assert from "node:assert/strict";
import { createCipheriv, randomBytes } from "node:crypto";
import { test } from "node:test";
import { encryptTo } from "./asymmetric-encryption.ts";
import { generateWrappingKey, mayWrap, unwrapMaterial } from "./import-wrapping.ts";
import { KeyMaterial } from "./key-material.ts";
import { keySpecs } from "./key-spec.ts";

const rsa = ["RSA_2048", "RSA_3072", "RSA_4096"] as const;
const oaep = ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] as const;
const enveloped = ["RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"] as const;
const algorithms = ["RSAES_PKCS1_V1_5", ...oaep, ...enveloped, "SM2PKE", "toString"] as const;

const under = (of: readonly string[], specs: readonly string[] = rsa): readonly string[] =>
  of.flatMap((algorithm) => specs.map((spec) => `${algorithm} ${spec}`));
const sm2 = ["SM2PKE SM2"];
const curve = [...under([...oaep, ...enveloped]), ...sm2];

/** The matrix of AWS's guide, by key spec. */
const matrix: Readonly<Record<string, readonly string[]>> = {
  SYMMETRIC_DEFAULT: under(oaep),
  HMAC_224: under(oaep),
  HMAC_256: under(oaep),
  HMAC_384: under(oaep),
  HMAC_512: under(oaep),
  RSA_2048: [...under(enveloped), ...sm2],
  RSA_3072: [...under(enveloped), ...sm2],
  RSA_4096: [...under(enveloped), ...sm2],
  ECC_NIST_P256: curve,
  ECC_NIST_P384: curve,
  ECC_NIST_P521: curve.filter((each) => !under(oaep, ["RSA_2048"]).includes(each)),
  ECC_SECG_P256K1: curve,
  ECC_NIST_EDWARDS25519: curve,
  SM2: [...under(oaep), ...sm2],
};

test("material travels as AWS's matrix says, and in no other way", () => {
  for (const spec of Object.keys(keySpecs) as (keyof typeof keySpecs)[])
    for (const algorithm of algorithms)
      for (const wrappingKey of [...rsa, "SM2"] as const)
        assert.equal(
          mayWrap(spec, algorithm, wrappingKey),
          (matrix[spec] ?? []).includes(`${algorithm} ${wrappingKey}`),
          `${spec} ${algorithm} ${wrappingKey}`,
        );
});

test("every importable key spec has a way, and no other has", () => {
  for (const [spec, { origins }] of Object.entries(keySpecs))
    assert.equal(origins.includes("EXTERNAL"), spec in matrix, spec);
});

test("mutated material unwraps to nothing, and never throws", async () => {
  const { secret, publicKey } = await generateWrappingKey("RSA_2048");
  using key = new KeyMaterial(secret);
  const wrapping = { algorithm: "RSA_AES_KEY_WRAP_SHA_256", spec: "RSA_2048" } as const;
  const aesKey = randomBytes(32);
  const cipher = createCipheriv("id-aes256-wrap-pad", aesKey, Buffer.from("a65959a6", "hex"));
  const material = randomBytes(121);
  const inner = Buffer.concat([cipher.update(material), cipher.final()]);
  const good = Buffer.concat([await encryptTo(publicKey, "RSAES_OAEP_SHA_256", aesKey), inner]);
  assert.deepEqual(await unwrapMaterial(key, wrapping, good), material);
  for (let bit = 0; bit < good.length * 8; bit += 5) {
    const changed = Buffer.from(good);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(await unwrapMaterial(key, wrapping, changed), undefined, `bit ${bit}`);
  }
  for (let length = 0; length < good.length; length++)
    assert.equal(await unwrapMaterial(key, wrapping, good.subarray(0, length)), undefined);
});
