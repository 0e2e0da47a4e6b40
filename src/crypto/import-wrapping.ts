import { createDecipheriv } from "node:crypto";
import type { AsymmetricAlgorithm } from "./asymmetric-encryption.ts";
import { decryptWith } from "./asymmetric-encryption.ts";
import type { KeyMaterial } from "./key-material.ts";
import type { KeySpec } from "./key-spec.ts";
import { keySpecs } from "./key-spec.ts";
import { randomBytes } from "./random.ts";

/** Key specs of the pairs under which material travels; each is a key spec of keys, too. */
export type WrappingKeySpec = "RSA_2048" | "RSA_3072" | "RSA_4096" | "SM2";

interface WrappingRow {
  /** What the wrapping key encrypts with. */
  readonly encryption: AsymmetricAlgorithm;
  /** Whether that is an AES key, which wraps the material: for material that is too long for RSA itself. */
  readonly enveloped: boolean;
  readonly wrappingKeys: readonly WrappingKeySpec[];
  readonly materials: readonly KeySpec[];
}

const rsaKeys = ["RSA_2048", "RSA_3072", "RSA_4096"] as const;
const curves: readonly KeySpec[] = [
  "ECC_NIST_P256",
  "ECC_NIST_P384",
  "ECC_NIST_P521",
  "ECC_SECG_P256K1",
  "ECC_NIST_EDWARDS25519",
];
const short: readonly KeySpec[] = [
  "SYMMETRIC_DEFAULT",
  "HMAC_224",
  "HMAC_256",
  "HMAC_384",
  "HMAC_512",
  "SM2",
  ...curves,
];

/** AWS's ways of wrapping material, and for what each is meant (facts 7.2). RSAES_PKCS1_V1_5, which AWS gave up, is none. */
const wrappings = {
  RSAES_OAEP_SHA_1: {
    encryption: "RSAES_OAEP_SHA_1",
    enveloped: false,
    wrappingKeys: rsaKeys,
    materials: short,
  },
  RSAES_OAEP_SHA_256: {
    encryption: "RSAES_OAEP_SHA_256",
    enveloped: false,
    wrappingKeys: rsaKeys,
    materials: short,
  },
  RSA_AES_KEY_WRAP_SHA_1: {
    encryption: "RSAES_OAEP_SHA_1",
    enveloped: true,
    wrappingKeys: rsaKeys,
    materials: [...rsaKeys, ...curves],
  },
  RSA_AES_KEY_WRAP_SHA_256: {
    encryption: "RSAES_OAEP_SHA_256",
    enveloped: true,
    wrappingKeys: rsaKeys,
    materials: [...rsaKeys, ...curves],
  },
  SM2PKE: {
    encryption: "SM2PKE",
    enveloped: false,
    wrappingKeys: ["SM2"],
    materials: [...rsaKeys, ...curves, "SM2"],
  },
} as const satisfies Readonly<Record<string, WrappingRow>>;

export type WrappingAlgorithm = keyof typeof wrappings;

/** How the material of one import travels. */
export interface Wrapping {
  readonly algorithm: WrappingAlgorithm;
  readonly spec: WrappingKeySpec;
}

/** Whether material of a key spec may travel under an algorithm and a wrapping key. */
export function mayWrap(
  material: KeySpec,
  algorithm: string,
  wrappingKey: WrappingKeySpec,
): algorithm is WrappingAlgorithm {
  if (!Object.hasOwn(wrappings, algorithm)) return false;
  const row: WrappingRow = wrappings[algorithm as WrappingAlgorithm];
  // A P-521 key with its public point is longer than what RSA_2048 encrypts.
  const fits = row.enveloped || material !== "ECC_NIST_P521" || wrappingKey !== "RSA_2048";
  return row.materials.includes(material) && row.wrappingKeys.includes(wrappingKey) && fits;
}

/** A new pair under which material can travel: PKCS#8, and SubjectPublicKeyInfo. */
export async function generateWrappingKey(
  spec: WrappingKeySpec,
): Promise<{ readonly secret: Buffer; readonly publicKey: Buffer }> {
  const { secret, publicKey } = await keySpecs[spec].generate();
  if (publicKey === undefined) throw new TypeError(`${spec} is no key spec of pairs`);
  return { secret, publicKey };
}

/**
 * Material as it was before its owner wrapped it; undefined whatever is wrong with it. An AES key that does not decrypt is
 * replaced by a random one, so that the work stays the same and does not tell which of the two layers was wrong.
 */
export async function unwrapMaterial(
  wrappingKey: KeyMaterial,
  { algorithm, spec }: Wrapping,
  wrapped: Uint8Array,
): Promise<Buffer | undefined> {
  const { encryption, enveloped } = wrappings[algorithm];
  if (!enveloped) return decryptWith(wrappingKey, encryption, wrapped);
  const keyLength = (keySpecs[spec].modulusLength ?? 0) / 8;
  const opened = await decryptWith(wrappingKey, encryption, wrapped.subarray(0, keyLength));
  const isAesKey = opened?.length === aesKeyLength;
  const aesKey = isAesKey ? opened : randomBytes(aesKeyLength);
  const material = aesKeyUnwrap(aesKey, wrapped.subarray(keyLength));
  aesKey.fill(0);
  opened?.fill(0);
  if (isAesKey) return material;
  material?.fill(0);
  return undefined;
}

const aesKeyLength = 32;
/** The first half of the initial value of RFC 5649; the second is the length. */
const initialValue = Buffer.from("a65959a6", "hex");

const shortestWrapped = 16;

/** Unwraps AES-KWP (RFC 5649) under a key of any AES length; undefined when anything is wrong. */
export function aesKeyUnwrap(key: Uint8Array, wrapped: Uint8Array): Buffer | undefined {
  if (wrapped.length < shortestWrapped) return undefined;
  try {
    const decipher = createDecipheriv(`id-aes${key.length * 8}-wrap-pad`, key, initialValue);
    const material = decipher.update(wrapped);
    decipher.final();
    return material;
  } catch {
    // node:crypto reports a broken wrapping by throwing; it is an answer here, not a fault.
    return undefined;
  }
}
