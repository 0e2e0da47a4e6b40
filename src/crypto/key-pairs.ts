import { createPublicKey, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { secretBytes } from "../base/secret-bytes.ts";
import { OpensslKey } from "./openssl-key.ts";
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

const generatePair = promisify(generateKeyPair);
const encodings = {
  publicKeyEncoding: { type: "spki", format: "der" },
  privateKeyEncoding: { type: "pkcs8", format: "der" },
} as const;

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
    generate: async () => pair(await generatePair("rsa", { modulusLength, ...encodings })),
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
    generate: async () => pair(await generatePair("ec", { namedCurve, ...encodings })),
    accept: (bytes) => acceptPair(bytes, type, (publicKey) => startsWith(publicKey, header)),
  };
}

export const edwards25519: KeyKind = {
  generate: async () => pair(await generatePair("ed25519", encodings)),
  accept: (bytes) => acceptPair(bytes, "ED25519", () => true),
};

/** ML-DSA keys, stored as their seeds. AWS imports none. */
export function mlDsa(parameters: "ml-dsa-44" | "ml-dsa-65" | "ml-dsa-87"): KeyKind {
  return {
    generate: async () => pair(await generatePair(parameters, encodings)),
    accept: async () => undefined,
  };
}

/** ML-KEM keys, stored as their seeds. AWS imports none. */
export function mlKem(parameters: "ml-kem-512" | "ml-kem-768" | "ml-kem-1024"): KeyKind {
  return {
    generate: async () => pair(await generatePair(parameters, encodings)),
    accept: async () => undefined,
  };
}

function pair(made: { readonly privateKey: Buffer; readonly publicKey: Buffer }): Generated {
  return { secret: made.privateKey, publicKey: made.publicKey };
}

/** Takes a private key of a type. One in another form than ours is read and written anew by OpenSSL, which leaves copies in freed memory. */
async function acceptPair(
  bytes: Uint8Array,
  type: string,
  isOfSpec: (publicKey: Buffer) => boolean,
): Promise<Generated | undefined> {
  const ours = OpensslKey.fromPkcs8(bytes);
  using key = ours ?? OpensslKey.fromForeignPkcs8(bytes);
  if (key?.type !== type) return undefined;
  if (key !== ours) key.normalizePoint();
  const publicKey = key.spki();
  // The spec first: checking a private key takes long, the longer the larger it is.
  if (!isOfSpec(publicKey)) return undefined;
  const secret = key === ours ? own(bytes) : key.pkcs8();
  // What OpenSSL writes and is not of our form is an RSA key of three primes or more.
  if (readPrivateKeyInfo(secret) !== undefined && (await key.check())) return { secret, publicKey };
  secret.fill(0);
  return undefined;
}

function startsWith(bytes: Buffer, header: string): boolean {
  return bytes.toString("hex", 0, header.length / 2) === header;
}

function own(bytes: Uint8Array): Buffer {
  const copy = secretBytes(bytes.length);
  copy.set(bytes);
  return copy;
}
