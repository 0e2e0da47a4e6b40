import type { EncryptionContext } from "../crypto/encryption-context.ts";
import type { KeySpec } from "../crypto/key-spec.ts";
import type { Domain } from "./domain.ts";

/** One generation of key material as it is stored. */
export interface StoredMaterial {
  readonly domain: Domain;
  readonly keyId: string;
  readonly keySpec: KeySpec;
  readonly materialId: string;
  readonly wrapped: Uint8Array;
}

/** Where key material is made and used. Nothing that it returns, save plaintexts asked for, is secret. */
export interface KeyStore {
  /** Makes new material for a key. */
  generate(domain: Domain, keyId: string, keySpec: KeySpec): StoredMaterial;
  /** Takes given material into the store; the bytes are wiped. */
  take(domain: Domain, keyId: string, keySpec: KeySpec, bytes: Buffer): StoredMaterial;
  /** Encrypts to a ciphertext blob that names the key and the material. */
  encrypt(
    material: StoredMaterial,
    plaintext: Uint8Array,
    context: EncryptionContext | undefined,
  ): Buffer;
  /** Decrypts a blob that names this material; undefined when key, context or any bit differs. */
  decrypt(
    material: StoredMaterial,
    blob: Uint8Array,
    context: EncryptionContext | undefined,
  ): Buffer | undefined;
  /** Wipes what the process still holds of a key that was destroyed. */
  forget(domain: Domain, keyId: string): void;
}
