import type { Generated } from "./key-pairs.ts";
import { curve, edwards25519, hmacKey, mlDsa, mlKem, rsa, symmetricKey } from "./key-pairs.ts";
import type { Place } from "./openssl.ts";

export type KeySpec =
  | "SYMMETRIC_DEFAULT"
  | "RSA_2048"
  | "RSA_3072"
  | "RSA_4096"
  | "ECC_NIST_P256"
  | "ECC_NIST_P384"
  | "ECC_NIST_P521"
  | "ECC_SECG_P256K1"
  | "ECC_NIST_EDWARDS25519"
  | "SM2"
  | "HMAC_224"
  | "HMAC_256"
  | "HMAC_384"
  | "HMAC_512"
  | "ML_DSA_44"
  | "ML_DSA_65"
  | "ML_DSA_87"
  | "ML_KEM_512"
  | "ML_KEM_768"
  | "ML_KEM_1024";

export type KeyUsage =
  | "ENCRYPT_DECRYPT"
  | "SIGN_VERIFY"
  | "GENERATE_VERIFY_MAC"
  | "KEY_AGREEMENT"
  | "ENCAPSULATE_DECAPSULATE";

export type KeyOrigin = "AWS_KMS" | "EXTERNAL" | "AWS_CLOUDHSM" | "EXTERNAL_KEY_STORE";

export type EncryptionAlgorithm =
  | "SYMMETRIC_DEFAULT"
  | "RSAES_OAEP_SHA_1"
  | "RSAES_OAEP_SHA_256"
  | "SM2PKE";

export type SigningAlgorithm =
  | "RSASSA_PSS_SHA_256"
  | "RSASSA_PSS_SHA_384"
  | "RSASSA_PSS_SHA_512"
  | "RSASSA_PKCS1_V1_5_SHA_256"
  | "RSASSA_PKCS1_V1_5_SHA_384"
  | "RSASSA_PKCS1_V1_5_SHA_512"
  | "ECDSA_SHA_256"
  | "ECDSA_SHA_384"
  | "ECDSA_SHA_512"
  | "ED25519_SHA_512"
  | "ED25519_PH_SHA_512"
  | "SM2DSA"
  | "ML_DSA_SHAKE_256";

export type MacAlgorithm = "HMAC_SHA_224" | "HMAC_SHA_256" | "HMAC_SHA_384" | "HMAC_SHA_512";
export type KeyAgreementAlgorithm = "ECDH";
export type EncapsulationAlgorithm = "ML_KEM";
export type MessageType = "RAW" | "DIGEST" | "EXTERNAL_MU";

/** The algorithms of each usage, in the order in which AWS lists them: clients take the first. */
export interface UsageAlgorithms {
  readonly ENCRYPT_DECRYPT?: readonly EncryptionAlgorithm[];
  readonly SIGN_VERIFY?: readonly SigningAlgorithm[];
  readonly GENERATE_VERIFY_MAC?: readonly MacAlgorithm[];
  readonly KEY_AGREEMENT?: readonly KeyAgreementAlgorithm[];
  readonly ENCAPSULATE_DECAPSULATE?: readonly EncapsulationAlgorithm[];
}

/**
 * How long a computation takes, which says where it runs: under about 0.1 ms, at once and here; up to some milliseconds, or up to
 * a second and more, as for RSA keys that are made or checked: in the thread pool. Pairs are made in the pool, whatever their effort.
 */
export type Effort = "instant" | "slow" | "long";

/** What is done with keys of a spec: making one or checking an imported one; what takes the private key; what takes the public one. */
export type KeyPart = "making" | "private" | "public";

/** What a key spec is. A second switch on the key spec is a bug. */
export interface KeySpecRow {
  readonly usages: readonly KeyUsage[];
  readonly origins: readonly KeyOrigin[];
  /** Class of the key for UpdateAlias, which never crosses classes. */
  readonly keyType: "symmetric" | "asymmetric" | "hmac";
  readonly algorithms: UsageAlgorithms;
  readonly effort: Readonly<Record<KeyPart, Effort>>;
  /** Bits of an RSA modulus. */
  readonly modulusLength?: number;
  /** Fresh material. */
  generate(): Promise<Generated>;
  /** The material in imported bytes, encoded as ours is; undefined when they are none of this spec. */
  accept(bytes: Uint8Array): Promise<Generated | undefined>;
}

const instant = { making: "instant", private: "instant", public: "instant" } as const;
const slow = { making: "slow", private: "slow", public: "slow" } as const;
const imported = ["AWS_KMS", "EXTERNAL"] as const;

const rsaSpec = (modulusLength: number): KeySpecRow => ({
  usages: ["ENCRYPT_DECRYPT", "SIGN_VERIFY"],
  origins: imported,
  keyType: "asymmetric",
  algorithms: {
    ENCRYPT_DECRYPT: ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"],
    SIGN_VERIFY: [
      "RSASSA_PKCS1_V1_5_SHA_256",
      "RSASSA_PKCS1_V1_5_SHA_384",
      "RSASSA_PKCS1_V1_5_SHA_512",
      "RSASSA_PSS_SHA_256",
      "RSASSA_PSS_SHA_384",
      "RSASSA_PSS_SHA_512",
    ],
  },
  modulusLength,
  effort: { making: "long", private: "slow", public: "instant" },
  ...rsa(modulusLength),
});

const nistCurve = (
  algorithm: SigningAlgorithm,
  effort: KeySpecRow["effort"],
  ...of: Parameters<typeof curve>
): KeySpecRow => ({
  usages: ["SIGN_VERIFY", "KEY_AGREEMENT"],
  origins: imported,
  keyType: "asymmetric",
  algorithms: { SIGN_VERIFY: [algorithm], KEY_AGREEMENT: ["ECDH"] },
  effort,
  ...curve(...of),
});

const hmac = (algorithm: MacAlgorithm, length: number): KeySpecRow => ({
  usages: ["GENERATE_VERIFY_MAC"],
  origins: imported,
  keyType: "hmac",
  algorithms: { GENERATE_VERIFY_MAC: [algorithm] },
  effort: instant,
  ...hmacKey(length),
});

const mlDsaSpec = (...of: Parameters<typeof mlDsa>): KeySpecRow => ({
  usages: ["SIGN_VERIFY"],
  origins: ["AWS_KMS"],
  keyType: "asymmetric",
  algorithms: { SIGN_VERIFY: ["ML_DSA_SHAKE_256"] },
  effort: slow,
  ...mlDsa(...of),
});

const mlKemSpec = (...of: Parameters<typeof mlKem>): KeySpecRow => ({
  usages: ["ENCAPSULATE_DECAPSULATE"],
  origins: ["AWS_KMS"],
  keyType: "asymmetric",
  algorithms: { ENCAPSULATE_DECAPSULATE: ["ML_KEM"] },
  effort: instant,
  ...mlKem(...of),
});

export const keySpecs: Readonly<Record<KeySpec, KeySpecRow>> = {
  SYMMETRIC_DEFAULT: {
    usages: ["ENCRYPT_DECRYPT"],
    origins: ["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"],
    keyType: "symmetric",
    algorithms: { ENCRYPT_DECRYPT: ["SYMMETRIC_DEFAULT"] },
    effort: instant,
    ...symmetricKey,
  },
  RSA_2048: rsaSpec(2048),
  RSA_3072: rsaSpec(3072),
  RSA_4096: rsaSpec(4096),
  ECC_NIST_P256: nistCurve(
    "ECDSA_SHA_256",
    instant,
    "P-256",
    "3059301306072a8648ce3d020106082a8648ce3d03010703420004",
  ),
  ECC_NIST_P384: nistCurve(
    "ECDSA_SHA_384",
    slow,
    "P-384",
    "3076301006072a8648ce3d020106052b8104002203620004",
  ),
  ECC_NIST_P521: nistCurve(
    "ECDSA_SHA_512",
    slow,
    "P-521",
    "30819b301006072a8648ce3d020106052b810400230381860004",
  ),
  ECC_SECG_P256K1: {
    usages: ["SIGN_VERIFY"],
    origins: imported,
    keyType: "asymmetric",
    algorithms: { SIGN_VERIFY: ["ECDSA_SHA_256"] },
    effort: slow,
    ...curve("secp256k1", "3056301006072a8648ce3d020106052b8104000a03420004"),
  },
  ECC_NIST_EDWARDS25519: {
    usages: ["SIGN_VERIFY"],
    origins: imported,
    keyType: "asymmetric",
    algorithms: { SIGN_VERIFY: ["ED25519_SHA_512", "ED25519_PH_SHA_512"] },
    // To verify takes more than twice as long as to sign.
    effort: { ...instant, public: "slow" },
    ...edwards25519,
  },
  SM2: {
    usages: ["ENCRYPT_DECRYPT", "SIGN_VERIFY", "KEY_AGREEMENT"],
    origins: imported,
    keyType: "asymmetric",
    algorithms: {
      ENCRYPT_DECRYPT: ["SM2PKE"],
      SIGN_VERIFY: ["SM2DSA"],
      KEY_AGREEMENT: ["ECDH"],
    },
    effort: slow,
    ...curve("SM2", "3059301306072a8648ce3d020106082a811ccf5501822d03420004", "SM2"),
  },
  HMAC_224: hmac("HMAC_SHA_224", 28),
  HMAC_256: hmac("HMAC_SHA_256", 32),
  HMAC_384: hmac("HMAC_SHA_384", 48),
  HMAC_512: hmac("HMAC_SHA_512", 64),
  ML_DSA_44: mlDsaSpec("ML-DSA-44"),
  ML_DSA_65: mlDsaSpec("ML-DSA-65"),
  ML_DSA_87: mlDsaSpec("ML-DSA-87"),
  ML_KEM_512: mlKemSpec("ML-KEM-512"),
  ML_KEM_768: mlKemSpec("ML-KEM-768"),
  ML_KEM_1024: mlKemSpec("ML-KEM-1024"),
};

/** Where something is computed with keys of a spec. */
export function placeOf(spec: KeySpec, part: KeyPart): Place {
  return keySpecs[spec].effort[part] === "instant" ? "here" : "pool";
}
