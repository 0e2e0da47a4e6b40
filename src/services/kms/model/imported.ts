import type { StoredMaterial } from "../../../keystore/keystore.ts";
import type { Imported, KmsKey, Material } from "./key.ts";
import { firstMaterial, isPresent } from "./material.ts";

/** Next states of keys whose material is imported. */

/** Materials that have expired and whose bytes are still stored. */
export function expiredMaterials({ materials }: KmsKey, now: Date): readonly Material[] {
  return materials.filter((each) => each.wrapped !== undefined && !isPresent(each, now));
}

/**
 * The members of a multi-Region key, or a key alone, after some of them changed: material that waits is ready for its
 * rotation when all have its bytes, and forgotten when nobody has them.
 */
export function agreeOnPending(members: readonly KmsKey[]): readonly KmsKey[] {
  const waiting = members.flatMap((member) => pendingMaterial(member) ?? []);
  if (waiting.length === 0) return members;
  const having = waiting.filter(({ wrapped }) => wrapped !== undefined);
  const pending =
    having.length === waiting.length ? "ROTATION" : "MULTI_REGION_IMPORT_AND_ROTATION";
  return members.map((member) =>
    withMaterials(member, (each) => {
      if (each.imported?.pending === undefined) return each;
      if (having.length === 0) return undefined;
      return each.imported.pending === pending
        ? each
        : { ...each, imported: { ...each.imported, pending } };
    }),
  );
}

/** The material of a key that waits for its rotation. */
export function pendingMaterial({ materials }: KmsKey): Material | undefined {
  return materials.find(({ imported }) => imported?.pending !== undefined);
}

/** Material that comes to a key for the first time is listed without its bytes. */
export function withEntry(key: KmsKey, made: StoredMaterial, now: Date): KmsKey {
  const { materials } = key;
  const { materialId } = made;
  if (materials.some((each) => each.materialId === materialId)) return key;
  const { wrapped: _bytes, ...entry } = firstMaterial(made, now);
  const isFirst = materials.length === 0;
  const imported: Imported = isFirst ? {} : { pending: "MULTI_REGION_IMPORT_AND_ROTATION" };
  return {
    ...key,
    ...(isFirst ? { currentMaterialId: materialId } : {}),
    materials: [...materials, { ...entry, generation: materials.length, imported }],
  };
}

/** A key with another description of one of its materials, if one is given. */
export function withDescription(key: KmsKey, materialId: string, description?: string): KmsKey {
  if (description === undefined) return key;
  return withMaterials(key, (each) =>
    each.materialId === materialId && each.imported?.description !== description
      ? { ...each, imported: { ...each.imported, description } }
      : each,
  );
}

/** A key that has the bytes of a material, until `validTo`. */
export function withBytes(key: KmsKey, made: StoredMaterial, validTo: Date | undefined): KmsKey {
  return withMaterials(key, (each) => {
    if (each.materialId !== made.materialId) return each;
    const { validTo: _former, ...kept } = each.imported ?? {};
    const imported = validTo === undefined ? kept : { ...kept, validTo };
    return { ...each, wrapped: made.wrapped, imported };
  });
}

/** A key without the bytes of a material; their end goes with them. */
export function withoutBytes(key: KmsKey, gone: Material): KmsKey {
  return withMaterials(key, (each) => {
    if (each.materialId !== gone.materialId || each.wrapped === undefined) return each;
    const { wrapped: _bytes, ...entry } = each;
    const { validTo: _end, ...imported } = each.imported ?? {};
    return { ...entry, imported };
  });
}

/** A key with each material replaced, or dropped; the key itself where none changes. */
function withMaterials(key: KmsKey, next: (each: Material) => Material | undefined): KmsKey {
  const materials = key.materials.flatMap((each) => next(each) ?? []);
  const same =
    materials.length === key.materials.length &&
    materials.every((each, index) => each === key.materials[index]);
  return same ? key : { ...key, materials };
}
