import { encryptionAlgorithms } from "./algorithms.ts";
import type { KeyMaterial } from "./key-material.ts";
import type { EncryptionAlgorithm, KeySpec } from "./key-spec.ts";
import { keySpecs } from "./key-spec.ts";
import type { Place } from "./openssl.ts";
import { OpensslKey } from "./openssl-key.ts";

/** Algorithms that encrypt to a public key. */
export type AsymmetricAlgorithm = Exclude<EncryptionAlgorithm, "SYMMETRIC_DEFAULT">;

/** Longest plaintext, in bytes, that an algorithm encrypts to a key of a spec. */
export function plaintextLimit(keySpec: KeySpec, algorithm: AsymmetricAlgorithm): number {
  return encryptionAlgorithms[algorithm].plaintextLimit(keySpecs[keySpec].modulusLength ?? 0);
}

/** Encrypts to a public key. Throws TypeError for a key of another algorithm and for a plaintext that is too long. */
export async function encryptTo(
  publicKey: Uint8Array,
  algorithm: AsymmetricAlgorithm,
  plaintext: Uint8Array,
  place: Place = "pool",
): Promise<Buffer> {
  const { keyType, settings } = encryptionAlgorithms[algorithm];
  using key = OpensslKey.fromSpki(publicKey);
  const ciphertext =
    key?.type === keyType ? await key.encrypt(settings, plaintext, place) : undefined;
  if (ciphertext === undefined) throw new TypeError(`${algorithm} cannot encrypt this to this key`);
  return ciphertext;
}

/**
 * Decrypts in the thread pool; the key may be disposed of at once. Undefined whatever is wrong with the ciphertext, after
 * the same work. Throws TypeError for a key of another algorithm.
 */
export async function decryptWith(
  key: KeyMaterial,
  algorithm: AsymmetricAlgorithm,
  ciphertext: Uint8Array,
): Promise<Buffer | undefined> {
  const { keyType, settings, isEncoded } = encryptionAlgorithms[algorithm];
  const { privateKey } = key;
  if (privateKey.type !== keyType)
    throw new TypeError(`${algorithm} does not decrypt with a key of ${privateKey.type}`);
  if (isEncoded?.(ciphertext) === false) return undefined;
  return privateKey.decrypt(settings, ciphertext);
}
