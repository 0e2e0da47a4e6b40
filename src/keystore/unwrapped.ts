import type { KeyMaterial } from "../crypto/key-material.ts";
import { BlobCipher } from "./blob-cipher.ts";
import type { DomainId } from "./domain.ts";

/** Whose key it is. */
export type Owner = Pick<DomainId, "account" | "region">;

/** A material of a key. */
export interface Wanted {
  readonly domain: { readonly id: Owner };
  readonly keyId: string;
  readonly materialId: string;
}

/** One unwrapped material with what is prepared from it. */
export class Unwrapped implements Disposable {
  readonly material: KeyMaterial;
  #cipher: BlobCipher | undefined;

  #disposed: boolean = false;

  constructor(material: KeyMaterial) {
    this.material = material;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /** Of a symmetric encryption key. Throws TypeError after dispose. */
  cipher(keyId: string, materialId: string): BlobCipher {
    this.#cipher ??= this.material.use((bytes) => new BlobCipher(bytes, keyId, materialId));
    return this.#cipher;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
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
  /** By whoever asked for them last; what has left in the meantime is disposed. */
  readonly #asked = new WeakMap<Wanted, Unwrapped>();
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** What is known of a key's material, or what `unwrap` makes of it. */
  get(wanted: Wanted, unwrap: () => KeyMaterial): Unwrapped {
    const asked = this.#asked.get(wanted);
    if (asked?.disposed === false) return asked;
    const unwrapped = this.#find(wanted, unwrap);
    this.#asked.set(wanted, unwrapped);
    return unwrapped;
  }

  #find({ domain, keyId, materialId }: Wanted, unwrap: () => KeyMaterial): Unwrapped {
    const name = nameOf(domain.id, keyId);
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
