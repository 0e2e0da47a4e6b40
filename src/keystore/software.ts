import { deriveSharedSecret } from "../crypto/agreement.ts";
import { decryptWith } from "../crypto/asymmetric-encryption.ts";
import { decapsulate } from "../crypto/encapsulation.ts";
import { KeyMaterial } from "../crypto/key-material.ts";
import type { Generated } from "../crypto/key-pairs.ts";
import type { KeySpec } from "../crypto/key-spec.ts";
import { keySpecs, placeOf } from "../crypto/key-spec.ts";
import { mac } from "../crypto/mac.ts";
import { sign } from "../crypto/signing.ts";
import type { BlobCipher } from "./blob-cipher.ts";
import type { Domain } from "./domain.ts";
import type { KeyStore, StoredMaterial } from "./keystore.ts";
import { saltSource } from "./salts.ts";
import type { Unwrapped } from "./unwrapped.ts";
import { UnwrappedMaterials } from "./unwrapped.ts";

/** Key material wrapped in the database and unwrapped in this process, at most `capacity` at a time. */
export function softwareKeyStore(capacity = 10_000): KeyStore {
  const unwrapped = new UnwrappedMaterials(capacity);
  const writeSalt = saltSource();

  const unwrap = (stored: StoredMaterial): Unwrapped =>
    unwrapped.get(
      stored,
      () => new KeyMaterial(stored.domain.unwrap(identity(stored), stored.wrapped)),
    );
  const material = (stored: StoredMaterial): KeyMaterial => unwrap(stored).material;
  const cipher = (stored: StoredMaterial): BlobCipher =>
    unwrap(stored).cipher(stored.keyId, stored.materialId);

  return {
    generate: async (domain, keyId, keySpec) =>
      store(domain, keyId, keySpec, await keySpecs[keySpec].generate()),
    async take(domain, keyId, keySpec, bytes) {
      try {
        const accepted = await keySpecs[keySpec].accept(bytes);
        return accepted === undefined ? undefined : store(domain, keyId, keySpec, accepted);
      } finally {
        bytes.fill(0);
      }
    },
    encrypt: (stored, plaintext, context, suite) =>
      cipher(stored).encrypt(plaintext, context, { writeSalt, ...(suite && { suite }) }),
    decrypt: (stored, blob, context) => cipher(stored).decrypt(blob, context),
    sign: (stored, algorithm, type, message) =>
      sign(material(stored), algorithm, type, message, placeOf(stored.keySpec, "private")),
    mac: (stored, algorithm, message) =>
      material(stored).use((bytes) => mac(algorithm, bytes, message)),
    decryptAsymmetric: (stored, algorithm, ciphertext) =>
      decryptWith(material(stored), algorithm, ciphertext),
    agree: (stored, peer) =>
      deriveSharedSecret(material(stored), peer, placeOf(stored.keySpec, "private")),
    decapsulate: (stored, ciphertext) =>
      decapsulate(material(stored), ciphertext, placeOf(stored.keySpec, "private")),
    rewrap(stored, to) {
      using opened = new KeyMaterial(stored.domain.unwrap(identity(stored), stored.wrapped));
      const moved = { ...stored, domain: to };
      return { ...moved, wrapped: opened.use((secret) => to.wrap(identity(moved), secret)) };
    },
    forget: (owner, keyId) => unwrapped.forget(owner, keyId),
    wipe: () => unwrapped.wipe(),
  };
}

/** Wraps material for a domain, and wipes it. */
function store(
  domain: Domain,
  keyId: string,
  keySpec: KeySpec,
  { secret, publicKey }: Generated,
): StoredMaterial {
  using fresh = new KeyMaterial(secret);
  const named = { domain, keyId, keySpec, materialId: fresh.idFor(keyId) };
  return {
    ...named,
    wrapped: fresh.use((bytes) => domain.wrap(identity(named), bytes)),
    ...(publicKey !== undefined && { publicKey }),
  };
}

function identity(named: Omit<StoredMaterial, "wrapped">): readonly string[] {
  return ["material", named.keyId, named.materialId, named.keySpec];
}
