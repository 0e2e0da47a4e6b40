import type { SigningAlgorithm } from "../../src/crypto/key-spec.ts";
import { verify } from "../../src/crypto/signing.ts";
import type { Counts } from "../support/wycheproof.ts";
import { checkFile } from "../support/wycheproof.ts";

interface Group {
  readonly publicKeyDer: string;
}

interface SignatureCase {
  readonly msg: string;
  readonly sig: string;
  /** Context of ML-DSA, which AWS does not have. */
  readonly ctx?: string;
}

const files: readonly (readonly [SigningAlgorithm, file: string, Counts])[] = [
  ["ECDSA_SHA_256", "ecdsa_secp256k1_sha256_test.json", counts(168, 308)],
  ["ECDSA_SHA_256", "ecdsa_secp256r1_sha256_test.json", counts(174, 310)],
  ["ECDSA_SHA_384", "ecdsa_secp384r1_sha384_test.json", counts(194, 310)],
  ["ECDSA_SHA_512", "ecdsa_secp521r1_sha512_test.json", counts(232, 310)],
  ["ED25519_SHA_512", "ed25519_test.json", counts(88, 63)],
  ["ML_DSA_SHAKE_256", "mldsa_44_verify_test.json", counts(77, 103)],
  ["ML_DSA_SHAKE_256", "mldsa_65_verify_test.json", counts(79, 131)],
  ["ML_DSA_SHAKE_256", "mldsa_87_verify_test.json", counts(71, 170)],
  ["RSASSA_PSS_SHA_256", "rsa_pss_2048_sha256_mgf1_32_test.json", counts(63, 45)],
  ["RSASSA_PSS_SHA_384", "rsa_pss_2048_sha384_mgf1_48_test.json", counts(95, 46)],
  ["RSASSA_PSS_SHA_256", "rsa_pss_3072_sha256_mgf1_32_test.json", counts(63, 45)],
  ["RSASSA_PSS_SHA_256", "rsa_pss_4096_sha256_mgf1_32_test.json", counts(63, 45)],
  ["RSASSA_PSS_SHA_384", "rsa_pss_4096_sha384_mgf1_48_test.json", counts(95, 46)],
  ["RSASSA_PSS_SHA_512", "rsa_pss_4096_sha512_mgf1_64_test.json", counts(132, 47)],
  ["RSASSA_PKCS1_V1_5_SHA_256", "rsa_signature_2048_sha256_test.json", counts(9, 249, 1)],
  ["RSASSA_PKCS1_V1_5_SHA_384", "rsa_signature_2048_sha384_test.json", counts(7, 250, 1)],
  ["RSASSA_PKCS1_V1_5_SHA_512", "rsa_signature_2048_sha512_test.json", counts(8, 250, 1)],
  ["RSASSA_PKCS1_V1_5_SHA_256", "rsa_signature_3072_sha256_test.json", counts(8, 250, 1)],
  ["RSASSA_PKCS1_V1_5_SHA_512", "rsa_signature_4096_sha512_test.json", counts(7, 251, 1)],
];

for (const [algorithm, file, expected] of files)
  checkFile<Group, SignatureCase>(
    file,
    expected,
    ({ msg, sig }, { publicKeyDer }) =>
      verify(bytes(publicKeyDer), algorithm, "RAW", bytes(msg), bytes(sig)),
    ({ ctx }) => ctx !== undefined && ctx !== "",
  );

function counts(valid: number, invalid: number, acceptable = 0): Counts {
  return { valid, acceptable, invalid };
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex, "hex");
}
