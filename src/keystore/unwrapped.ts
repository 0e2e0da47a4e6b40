import type { KeyMaterial } from "../crypto/key-material.ts";
import type { DomainId } from "./domain.ts";

/** Whose key it is. */
export type Owner = Pick<DomainId, "account" | "region">;

/** The unwrapped material of keys in use, at most `capacity` at a time; what leaves is wiped. Each step takes constant time. */
export class UnwrappedMaterials {
  readonly #capacity: number;
  /** By key, oldest first, then by material id. */
  readonly #keys = new Map<string, Map<string, KeyMaterial>>();
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** What is known of a key's material, or what `unwrap` makes of it. */
  get(owner: Owner, keyId: string, materialId: string, unwrap: () => KeyMaterial): KeyMaterial {
    const name = nameOf(owner, keyId);
    const known = this.#keys.get(name)?.get(materialId);
    if (known !== undefined) return known;
    const material = unwrap();
    while (this.#size >= this.#capacity) this.#drop(this.#keys.keys().next().value ?? name);
    const materials = this.#keys.get(name) ?? new Map<string, KeyMaterial>();
    this.#keys.set(name, materials.set(materialId, material));
    this.#size++;
    return material;
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
