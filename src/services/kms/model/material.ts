import type { StoredMaterial } from "../../../keystore/keystore.ts";
import type { KmsKey, Material } from "./key.ts";
import { currentMaterial, permanentMaterials } from "./key.ts";

/** Whether the bytes of a material are there and may still be used. */
export function isPresent({ wrapped, imported }: Material, now: Date): boolean {
  return wrapped !== undefined && (imported?.validTo === undefined || imported.validTo > now);
}

/** Whether a key has all the material that it cannot do without. */
export function isUsable(key: KmsKey, now: Date): boolean {
  const materials = permanentMaterials(key);
  return materials.length > 0 && materials.every((each) => isPresent(each, now));
}

/** Material as a key store takes it. Throws TypeError for material that is not there: the key's state forbids every use. */
export function storedMaterial(key: KmsKey, material = currentMaterial(key)): StoredMaterial {
  const { materialId, wrapped } = material;
  if (wrapped === undefined) throw new TypeError(`material ${materialId} is not there`);
  const known = stored.get(material);
  if (known?.domain === key.domain && known.keyId === key.keyId) return known;
  const described = describe(key, material, wrapped);
  stored.set(material, described);
  return described;
}

/** Materials as they were used last; one that changed is a new object. */
const stored = new WeakMap<Material, StoredMaterial>();

function describe(key: KmsKey, material: Material, wrapped: Uint8Array): StoredMaterial {
  const { materialId, publicKey } = material;
  return {
    domain: key.domain,
    keyId: key.keyId,
    keySpec: key.spec,
    materialId,
    wrapped,
    ...(publicKey === undefined ? {} : { publicKey }),
  };
}

/** The first material of a key, as a key store made it. */
export function firstMaterial(
  { materialId, wrapped, publicKey }: StoredMaterial,
  createdAt: Date,
): Material {
  return {
    materialId,
    generation: 0,
    createdAt,
    wrapped,
    ...(publicKey === undefined ? {} : { publicKey }),
  };
}
