import {
  boolean,
  list,
  oneOf,
  required,
  string,
  structure,
  timestamp,
} from "../../../shape/shape.ts";
import type { KmsKey, Material } from "../model/key.ts";
import { pageOf } from "../model/marker.ts";
import { isPresent } from "../model/material.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { requireRotationHistory } from "../rotation-support.ts";

/** Lists the completed rotations of a KMS key, oldest first, on request with its first material and what waits for a rotation. */
export const listKeyRotations = defineOperation({
  name: "ListKeyRotations",
  readOnly: true,
  input: structure({
    KeyId: required(member.keyIdentifier),
    IncludeKeyMaterial: oneOf("ALL_KEY_MATERIAL", "ROTATIONS_ONLY"),
    Limit: member.limit,
    Marker: member.marker,
  }),
  output: structure({
    Rotations: required(
      list(
        structure({
          KeyId: string(),
          KeyMaterialId: string(),
          KeyMaterialDescription: string(),
          ImportState: string(),
          KeyMaterialState: string(),
          ExpirationModel: string(),
          ValidTo: timestamp,
          RotationDate: timestamp,
          RotationType: string(),
        }),
      ),
    ),
    NextMarker: string(),
    Truncated: required(boolean),
  }),
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:ListKeyRotations",
      states: "any",
      crossAccount: false,
    },
  },
  audit: { request: ["KeyId", "IncludeKeyMaterial", "Limit", "Marker"] },

  handle({ input, keys: { key }, context }) {
    requireRotationHistory(key);
    const all = input.IncludeKeyMaterial === "ALL_KEY_MATERIAL";
    const materials = key.materials.filter((each) => all || each.rotation !== undefined);
    const listing = `ListKeyRotations ${key.arn} ${all}`;
    const { entries, page } = pageOf(
      materials,
      input,
      { most: 1000, usual: 100 },
      listing,
      generationKey,
    );
    const Rotations = entries.map((each) => entryOf(key, each, context.time));
    return { output: { Rotations, ...page } };
  },
});

const generationKey = ({ generation }: Material): string => String(generation).padStart(6, "0");

function entryOf(key: KmsKey, material: Material, now: Date) {
  const { materialId, rotation } = material;
  return {
    KeyId: key.keyId,
    KeyMaterialId: materialId,
    KeyMaterialState: stateOfMaterial(key, material),
    ...importMembers(material, now),
    ...(rotation === undefined ? {} : { RotationDate: rotation.date, RotationType: rotation.type }),
  };
}

function stateOfMaterial(
  { currentMaterialId }: KmsKey,
  { materialId, imported }: Material,
): string {
  if (imported?.pending !== undefined) return `PENDING_${imported.pending}`;
  return materialId === currentMaterialId ? "CURRENT" : "NON_CURRENT";
}

/** What imported material alone has; how it ends is told only while it is there. */
function importMembers(material: Material, now: Date) {
  const { imported } = material;
  if (imported === undefined) return {};
  const { validTo, description } = imported;
  const described = description === undefined ? {} : { KeyMaterialDescription: description };
  if (!isPresent(material, now)) return { ...described, ImportState: "PENDING_IMPORT" };
  return {
    ...described,
    ImportState: "IMPORTED",
    ...(validTo === undefined
      ? { ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" }
      : { ExpirationModel: "KEY_MATERIAL_EXPIRES", ValidTo: validTo }),
  };
}
