import { createPublicKey } from "node:crypto";
import { secretBytes } from "../base/secret-bytes.ts";
import { OpensslKey } from "./openssl-key.ts";
import type { Settings } from "./openssl-parameters.ts";
import { readPrivateKeyInfo } from "./private-key-info.ts";
import { randomBytes } from "./random.ts";

/** Key material: the raw bytes of a symmetric or HMAC key, or a PKCS#8 PrivateKeyInfo with its SubjectPublicKeyInfo (DER). */
export interface Generated {
  readonly secret: Buffer;
  readonly publicKey?: Buffer;
}

/** How material of one kind comes to be. */
export interface KeyKind {
  /** Fresh material. */
  generate(): Promise<Generated>;
  /** The material in imported bytes, encoded as ours is; undefined when they are none of this kind. */
  accept(bytes: Uint8Array): Promise<Generated | undefined>;
}

/** Longest HMAC key that may be imported. */
const longestHmacKey = 128;
/** OpenSSL verifies with no longer public exponent once the modulus has more than 3072 bits. */
const largestExponent = 2n ** 64n - 1n;

export const symmetricKey: KeyKind = {
  generate: async () => ({ secret: randomBytes(32) }),
  accept: async (bytes) => (bytes.length === 32 ? { secret: own(bytes) } : undefined),
};

/** HMAC keys as long as their hash; imported ones may be longer. */
export function hmacKey(length: number): KeyKind {
  return {
    generate: async () => ({ secret: randomBytes(length) }),
    accept: async (bytes) =>
      bytes.length >= length && bytes.length <= longestHmacKey ? { secret: own(bytes) } : undefined,
  };
}

/** RSA keys of two primes (rsaEncryption). */
export function rsa(modulusLength: number): KeyKind {
  return {
    generate: () => generatePair("RSA", [["rsa_keygen_bits", String(modulusLength)]]),
    accept: (bytes) =>
      acceptPair(bytes, "RSA", (publicKey) => {
        const details = createPublicKey({
          key: publicKey,
          type: "spki",
          format: "der",
        }).asymmetricKeyDetails;
        return (
          details?.modulusLength === modulusLength &&
          (details.publicExponent ?? 0n) <= largestExponent
        );
      }),
  };
}

/** Keys of a named curve; `header` (hex) is what precedes the coordinates of the point in its SubjectPublicKeyInfo. */
export function curve(namedCurve: string, header: string, type: "EC" | "SM2" = "EC"): KeyKind {
  return {
    generate: () => generatePair(type, type === "EC" ? [["ec_paramgen_curve", namedCurve]] : []),
    accept: (bytes) => acceptPair(bytes, type, (publicKey) => startsWith(publicKey, header)),
  };
}

export const edwards25519: KeyKind = {
  generate: () => generatePair("ED25519"),
  accept: (bytes) => acceptPair(bytes, "ED25519", () => true),
};

/** ML-DSA keys, stored as their seeds. AWS imports none. */
export function mlDsa(parameters: "ML-DSA-44" | "ML-DSA-65" | "ML-DSA-87"): KeyKind {
  return {
    generate: () => generatePair(parameters),
    accept: async () => undefined,
  };
}

/** ML-KEM keys, stored as their seeds. AWS imports none. */
export function mlKem(parameters: "ML-KEM-512" | "ML-KEM-768" | "ML-KEM-1024"): KeyKind {
  return {
    generate: () => generatePair(parameters),
    accept: async () => undefined,
  };
}

async function generatePair(type: string, settings: Settings = []): Promise<Generated> {
  using key = await OpensslKey.generate(type, settings);
  const secret = key.pkcs8();
  if (secret === undefined) throw new Error(`there is no form of keys of ${type}`);
  return { secret, publicKey: key.spki() };
}

async function acceptPair(
  bytes: Uint8Array,
  type: string,
  isOfSpec: (publicKey: Buffer) => boolean,
): Promise<Generated | undefined> {
  const secret = inOurForm(bytes, type);
  if (secret === undefined) return undefined;
  // What is checked is what will be stored: of an RSA key with three primes, that form has two.
  using key = OpensslKey.fromPkcs8(secret);
  const publicKey = key?.type === type ? key.spki() : undefined;
  // The spec first: checking a private key takes long, the longer the larger it is.
  if (publicKey && isOfSpec(publicKey) && (await key?.check())) return { secret, publicKey };
  secret.fill(0);
  return undefined;
}

/** A copy in the form in which keys are stored. OpenSSL reads the others, and leaves copies of them in freed memory. */
function inOurForm(bytes: Uint8Array, type: string): Buffer | undefined {
  if (readPrivateKeyInfo(bytes) !== undefined) return own(bytes);
  using foreign = OpensslKey.fromForeignPkcs8(bytes);
  if (foreign?.type !== type) return undefined;
  foreign.normalizePoint();
  return foreign.pkcs8();
}

function startsWith(bytes: Buffer, header: string): boolean {
  return bytes.toString("hex", 0, header.length / 2) === header;
}

function own(bytes: Uint8Array): Buffer {
  const copy = secretBytes(bytes.length);
  copy.set(bytes);
  return copy;
}
