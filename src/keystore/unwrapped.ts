import type { KeyMaterial } from "../crypto/key-material.ts";
import { BlobCipher } from "./blob-cipher.ts";
import type { DomainId } from "./domain.ts";

/** Whose key it is. */
export type Owner = Pick<DomainId, "account" | "region">;

/** One unwrapped material with what is prepared from it. */
export class Unwrapped implements Disposable {
  readonly material: KeyMaterial;
  #cipher: BlobCipher | undefined;

  constructor(material: KeyMaterial) {
    this.material = material;
  }

  /** Of a symmetric encryption key. Throws TypeError after dispose. */
  cipher(keyId: string, materialId: string): BlobCipher {
    this.#cipher ??= this.material.use((bytes) => new BlobCipher(bytes, keyId, materialId));
    return this.#cipher;
  }

  [Symbol.dispose](): void {
    this.#cipher?.[Symbol.dispose]();
    this.#cipher = undefined;
    this.material[Symbol.dispose]();
  }
}

/** The unwrapped material of keys in use, at most `capacity` at a time; what leaves is wiped. Each step takes constant time. */
export class UnwrappedMaterials {
  readonly #capacity: number;
  /** By key, oldest first, then by material id. */
  readonly #keys = new Map<string, Map<string, Unwrapped>>();
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** What is known of a key's material, or what `unwrap` makes of it. */
  get(owner: Owner, keyId: string, materialId: string, unwrap: () => KeyMaterial): Unwrapped {
    const name = nameOf(owner, keyId);
    const known = this.#keys.get(name)?.get(materialId);
    if (known !== undefined) return known;
    const unwrapped = new Unwrapped(unwrap());
    while (this.#size >= this.#capacity) this.#drop(this.#keys.keys().next().value ?? name);
    const materials = this.#keys.get(name) ?? new Map<string, Unwrapped>();
    this.#keys.set(name, materials.set(materialId, unwrapped));
    this.#size++;
    return unwrapped;
  }

  /** Wipes all material of a key. */
  forget(owner: Owner, keyId: string): void {
    this.#drop(nameOf(owner, keyId));
  }

  /** Wipes all material of all keys. */
  wipe(): void {
    for (const name of [...this.#keys.keys()]) this.#drop(name);
  }

  #drop(name: string): void {
    const materials = this.#keys.get(name);
    if (materials === undefined) return;
    for (const material of materials.values()) material[Symbol.dispose]();
    this.#size -= materials.size;
    this.#keys.delete(name);
  }
}

function nameOf({ account, region }: Owner, keyId: string): string {
  return `${account}/${region}/${keyId}`;
}
