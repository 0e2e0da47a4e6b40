import type { KeyMaterial } from "./key-material.ts";
import type { Place } from "./openssl.ts";
import { OpensslKey } from "./openssl-key.ts";

/** A fresh shared secret of 32 bytes and its ML-KEM ciphertext (FIPS 203). Throws TypeError for a key that is not ML-KEM's. */
export async function encapsulate(
  publicKey: Uint8Array,
  place: Place = "pool",
): Promise<{ readonly sharedSecret: Buffer; readonly ciphertext: Buffer }> {
  using key = OpensslKey.fromSpki(publicKey);
  if (key?.type.startsWith("ML-KEM-") !== true)
    throw new TypeError("this is no public key of ML-KEM");
  return await key.encapsulate(place);
}

/**
 * The shared secret of an ML-KEM ciphertext; undefined when its length is wrong. Another's ciphertext gives a secret that
 * nobody knows (implicit rejection). Throws TypeError for a key that is not ML-KEM's.
 */
export async function decapsulate(
  key: KeyMaterial,
  ciphertext: Uint8Array,
  place: Place = "pool",
): Promise<Buffer | undefined> {
  const { privateKey } = key;
  if (!privateKey.type.startsWith("ML-KEM-"))
    throw new TypeError("this is no private key of ML-KEM");
  return privateKey.decapsulate(ciphertext, place);
}
