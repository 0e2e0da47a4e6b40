import type { AsymmetricAlgorithm } from "../crypto/asymmetric-encryption.ts";
import type { BlobSuite } from "../crypto/ciphertext.ts";
import type { EncryptionContext } from "../crypto/encryption-context.ts";
import type { KeySpec, MacAlgorithm, MessageType, SigningAlgorithm } from "../crypto/key-spec.ts";
import type { Domain } from "./domain.ts";
import type { Owner } from "./unwrapped.ts";

/** One generation of key material as it is stored. */
export interface StoredMaterial {
  readonly domain: Domain;
  readonly keyId: string;
  readonly keySpec: KeySpec;
  readonly materialId: string;
  readonly wrapped: Uint8Array;
  /** SubjectPublicKeyInfo (DER) of an asymmetric key. */
  readonly publicKey?: Uint8Array;
}

/** Where key material is made and used. Nothing that it returns, save plaintexts and secrets asked for, is secret. */
export interface KeyStore {
  /** Makes new material for a key. */
  generate(domain: Domain, keyId: string, keySpec: KeySpec): Promise<StoredMaterial>;
  /** Takes given material into the store; undefined when the bytes are none of that spec. They are wiped. */
  take(
    domain: Domain,
    keyId: string,
    keySpec: KeySpec,
    bytes: Buffer,
  ): Promise<StoredMaterial | undefined>;
  /** Encrypts to a ciphertext blob that names the key and the material; of another suite, it is the inner layer of one. */
  encrypt(
    material: StoredMaterial,
    plaintext: Uint8Array,
    context: EncryptionContext | undefined,
    suite?: BlobSuite,
  ): Buffer;
  /** Decrypts a blob that names this material; undefined when key, context or any bit differs. */
  decrypt(
    material: StoredMaterial,
    blob: Uint8Array,
    context: EncryptionContext | undefined,
  ): Buffer | undefined;
  /** Signs; throws TypeError for a message of a type or a length that the algorithm does not take. */
  sign(
    material: StoredMaterial,
    algorithm: SigningAlgorithm,
    messageType: MessageType,
    message: Uint8Array,
  ): Promise<Buffer>;
  /** The HMAC of a message. */
  mac(material: StoredMaterial, algorithm: MacAlgorithm, message: Uint8Array): Buffer;
  /** Decrypts with a private key; undefined whatever is wrong with the ciphertext. */
  decryptAsymmetric(
    material: StoredMaterial,
    algorithm: AsymmetricAlgorithm,
    ciphertext: Uint8Array,
  ): Promise<Buffer | undefined>;
  /** The raw shared secret with a peer's SubjectPublicKeyInfo; undefined when that is no key of the same curve. */
  agree(material: StoredMaterial, peer: Uint8Array): Promise<Buffer | undefined>;
  /** The shared secret in an ML-KEM ciphertext; undefined when its length is wrong. */
  decapsulate(material: StoredMaterial, ciphertext: Uint8Array): Promise<Buffer | undefined>;
  /** The same material of the same key, wrapped for the domain of another region. */
  rewrap(material: StoredMaterial, to: Domain): StoredMaterial;
  /** Wipes what the process holds of a key that changed: its material may be gone. */
  forget(owner: Owner, keyId: string): void;
  /** Wipes all that the process still holds, for the time when the deployment is sealed. */
  wipe(): void;
}
