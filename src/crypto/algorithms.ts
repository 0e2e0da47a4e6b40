import { hash } from "node:crypto";
import { readDer, tags } from "./der.ts";
import type {
  EncryptionAlgorithm,
  MacAlgorithm,
  MessageType,
  SigningAlgorithm,
} from "./key-spec.ts";
import type { SignatureScheme } from "./openssl-key.ts";
import type { Settings } from "./openssl-parameters.ts";
import { sm2Digest } from "./sm2.ts";

/** One kind of message that a signing algorithm takes. */
export interface MessageForm {
  /** Exact length of the message; any where absent. */
  readonly length?: number;
  /** What is handed to the scheme. */
  prepare(message: Uint8Array, publicKey: () => Uint8Array): Uint8Array;
  readonly scheme: SignatureScheme;
}

/** What a signing algorithm is: the types of its keys (OpenSSL's names) and the kinds of messages that it takes. */
export interface SigningRow {
  readonly keyTypes: readonly string[];
  readonly messages: Readonly<Partial<Record<MessageType, MessageForm>>>;
}

/** What an asymmetric encryption algorithm is. */
export interface EncryptionRow {
  readonly keyType: string;
  readonly settings: Settings;
  /** Longest plaintext for a modulus of so many bits; 0 for algorithms without. */
  plaintextLimit(modulusLength: number): number;
  /** Whether a ciphertext has its one encoding, where OpenSSL would take others, too. */
  isEncoded?(ciphertext: Uint8Array): boolean;
}

const digestLengths = {
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
  sm3: 32,
} as const;
type Hash = keyof typeof digestLengths;

const asIs = (message: Uint8Array): Uint8Array => message;

/** Algorithms that sign a digest take the message or its digest. */
function overDigest(keyType: string, of: Hash, settings: Settings = []): SigningRow {
  const scheme: SignatureScheme = { over: "digest", settings };
  return {
    keyTypes: [keyType],
    messages: {
      RAW: { scheme, prepare: (message) => hash(of, message, "buffer") },
      DIGEST: { scheme, length: digestLengths[of], prepare: asIs },
    },
  };
}

const pkcs1 = (of: Hash): SigningRow =>
  overDigest("RSA", of, [
    ["rsa_padding_mode", "pkcs1"],
    ["digest", of],
  ]);

/** The salt is as long as the digest, in verification too; the mask is made with the same hash. */
const pss = (of: Hash): SigningRow =>
  overDigest("RSA", of, [
    ["rsa_padding_mode", "pss"],
    ["digest", of],
    ["rsa_mgf1_md", of],
    ["rsa_pss_saltlen", "digest"],
  ]);

export const signingAlgorithms: Readonly<Record<SigningAlgorithm, SigningRow>> = {
  RSASSA_PKCS1_V1_5_SHA_256: pkcs1("sha256"),
  RSASSA_PKCS1_V1_5_SHA_384: pkcs1("sha384"),
  RSASSA_PKCS1_V1_5_SHA_512: pkcs1("sha512"),
  RSASSA_PSS_SHA_256: pss("sha256"),
  RSASSA_PSS_SHA_384: pss("sha384"),
  RSASSA_PSS_SHA_512: pss("sha512"),
  ECDSA_SHA_256: overDigest("EC", "sha256"),
  ECDSA_SHA_384: overDigest("EC", "sha384"),
  ECDSA_SHA_512: overDigest("EC", "sha512"),
  ED25519_SHA_512: {
    keyTypes: ["ED25519"],
    messages: { RAW: { scheme: { over: "message" }, prepare: asIs } },
  },
  // HashEdDSA hashes what it is given, as AWS does: who passes a digest has hashed twice.
  ED25519_PH_SHA_512: {
    keyTypes: ["ED25519"],
    messages: { DIGEST: { scheme: { over: "message", algorithm: "ED25519ph" }, prepare: asIs } },
  },
  SM2DSA: {
    keyTypes: ["SM2"],
    messages: {
      RAW: {
        scheme: { over: "digest" },
        prepare: (message, publicKey) => sm2Digest(publicKey(), message),
      },
      DIGEST: { scheme: { over: "digest" }, length: digestLengths.sm3, prepare: asIs },
    },
  },
  ML_DSA_SHAKE_256: {
    keyTypes: ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"],
    messages: {
      RAW: { scheme: { over: "message" }, prepare: asIs },
      EXTERNAL_MU: {
        scheme: { over: "message", settings: [["mu", "1"]] },
        length: 64,
        prepare: asIs,
      },
    },
  },
};

/** The label is empty; the mask is made with the same hash. */
const oaep = (of: Hash): EncryptionRow => ({
  keyType: "RSA",
  settings: [
    ["rsa_padding_mode", "oaep"],
    ["rsa_oaep_md", of],
    ["rsa_mgf1_md", of],
  ],
  plaintextLimit: (modulusLength) => modulusLength / 8 - 2 * digestLengths[of] - 2,
});

export const encryptionAlgorithms: Readonly<
  Record<Exclude<EncryptionAlgorithm, "SYMMETRIC_DEFAULT">, EncryptionRow>
> = {
  RSAES_OAEP_SHA_1: oaep("sha1"),
  RSAES_OAEP_SHA_256: oaep("sha256"),
  SM2PKE: {
    keyType: "SM2",
    settings: [],
    plaintextLimit: () => 1024,
    isEncoded(ciphertext) {
      const [outer, ...more] = readDer(ciphertext) ?? [];
      return (
        more.length === 0 && outer?.tag === tags.sequence && readDer(outer.content) !== undefined
      );
    },
  },
};

export const macAlgorithms: Readonly<Record<MacAlgorithm, Hash>> = {
  HMAC_SHA_224: "sha224",
  HMAC_SHA_256: "sha256",
  HMAC_SHA_384: "sha384",
  HMAC_SHA_512: "sha512",
};
