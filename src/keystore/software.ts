import { u64 } from "../base/bytes.ts";
import { blobHeaderLength, blobPurpose, encodeBlobHeader } from "../crypto/ciphertext.ts";
import type { EncryptionContext } from "../crypto/encryption-context.ts";
import { encodeEncryptionContext } from "../crypto/encryption-context.ts";
import { hmacSha256, sha256 } from "../crypto/hash.ts";
import { KeyMaterial } from "../crypto/key-material.ts";
import type { KeySpec } from "../crypto/key-spec.ts";
import { keySpecs } from "../crypto/key-spec.ts";
import { randomBytes } from "../crypto/random.ts";
import { open, seal } from "../crypto/seal.ts";
import type { Domain } from "./domain.ts";
import type { KeyStore, StoredMaterial } from "./keystore.ts";

/** Key material wrapped in the database and unwrapped in this process, at most `capacity` at a time. */
export function softwareKeyStore(capacity = 10_000): KeyStore {
  const unwrapped = new Map<string, KeyMaterial>();
  const salts = saltSource();

  const material = (stored: StoredMaterial): KeyMaterial => {
    const name = keyName(stored.domain, stored.keyId) + stored.materialId;
    const cached = unwrapped.get(name);
    if (cached !== undefined) return cached;
    const opened = new KeyMaterial(stored.domain.unwrap(identity(stored), stored.wrapped));
    if (unwrapped.size >= capacity) drop(unwrapped, unwrapped.keys().take(1).toArray());
    unwrapped.set(name, opened);
    return opened;
  };

  const take = (domain: Domain, keyId: string, keySpec: KeySpec, bytes: Buffer): StoredMaterial => {
    using fresh = new KeyMaterial(bytes);
    const named = { domain, keyId, keySpec, materialId: fresh.idFor(keyId) };
    return { ...named, wrapped: fresh.use((secret) => domain.wrap(identity(named), secret)) };
  };

  return {
    take,
    generate: (domain, keyId, keySpec) =>
      take(domain, keyId, keySpec, keySpecs[keySpec].generate()),
    encrypt(stored, plaintext, context) {
      const key = material(stored);
      const bound = encodeEncryptionContext(context);
      const salt = salts(key, bound, plaintext);
      const header = encodeBlobHeader(stored.keyId, stored.materialId, salt);
      return key.use((bytes) => seal(blobPurpose, bytes, header, bound, plaintext));
    },
    decrypt: (stored, blob, context) => decrypt(material(stored), blob, context),
    forget(domain, keyId) {
      const prefix = keyName(domain, keyId);
      drop(
        unwrapped,
        [...unwrapped.keys()].filter((name) => name.startsWith(prefix)),
      );
    },
  };
}

function decrypt(
  key: KeyMaterial,
  blob: Uint8Array,
  context: EncryptionContext | undefined,
): Buffer | undefined {
  const bound = encodeEncryptionContext(context);
  return key.use((bytes) => open(blobPurpose, bytes, blobHeaderLength, bound, blob));
}

/**
 * Salts that stay apart even if the generator of the operating system repeats itself (a cloned machine): each is an HMAC
 * under a sub-key of the material over random bytes, a counter, this process's boot id, the context and the plaintext.
 */
function saltSource(): (key: KeyMaterial, bound: Uint8Array, plaintext: Uint8Array) => Buffer {
  const boot = randomBytes(16);
  let counter = 0;
  return (key, bound, plaintext) =>
    hmacSha256(
      key.hedgeKey,
      randomBytes(32),
      u64(counter++),
      boot,
      sha256(bound),
      sha256(plaintext),
    );
}

function identity(named: Omit<StoredMaterial, "wrapped">): readonly string[] {
  return ["material", named.keyId, named.materialId, named.keySpec];
}

function keyName({ id }: Domain, keyId: string): string {
  return `${id.account}/${id.region}/${keyId}/`;
}

function drop(unwrapped: Map<string, KeyMaterial>, names: readonly string[]): void {
  for (const name of names) {
    unwrapped.get(name)?.[Symbol.dispose]();
    unwrapped.delete(name);
  }
}
