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
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Lists the completed rotations of a KMS key, oldest first, on request with its first material. */
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
          KeyMaterialState: string(),
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

  handle({ input, keys: { key } }) {
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
    return { output: { Rotations: entries.map((each) => entryOf(key, each)), ...page } };
  },
});

const generationKey = ({ generation }: Material): string => String(generation).padStart(6, "0");

function entryOf(key: KmsKey, { materialId, rotation, createdAt }: Material) {
  return {
    KeyId: key.keyId,
    KeyMaterialId: materialId,
    KeyMaterialState: materialId === key.currentMaterialId ? "CURRENT" : "NON_CURRENT",
    ...(rotation === undefined ? {} : { RotationDate: createdAt, RotationType: rotation }),
  };
}
