import { AwsError } from "../../../base/errors.ts";
import { required, string, structure } from "../../../shape/shape.ts";
import { removeMaterials } from "../import-material.ts";
import type { KmsKey } from "../model/key.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { isSymmetric } from "../usage.ts";

/** Destroys imported key material at once; without it the KMS key is of no use until the same is imported again. */
export const deleteImportedKeyMaterial = defineOperation({
  name: "DeleteImportedKeyMaterial",
  readOnly: false,

  input: structure({
    KeyId: required(member.keyIdentifier),
    KeyMaterialId: member.keyMaterialId,
  }),

  output: structure({ KeyId: required(string()), KeyMaterialId: string() }),

  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:DeleteImportedKeyMaterial",
      origin: "EXTERNAL",
      states: "any",
      crossAccount: false,
    },
  },

  audit: {
    request: ["KeyId", "KeyMaterialId"],
    response: ({ output: { KeyId, KeyMaterialId } }) => ({
      keyId: KeyId,
      ...(KeyMaterialId === undefined ? {} : { keyMaterialId: KeyMaterialId }),
    }),
  },

  async handle({ input, keys: { key }, tools }) {
    refuseMaterialId(key, input.KeyMaterialId);
    const id = input.KeyMaterialId ?? key.currentMaterialId;
    const gone = key.materials.filter(({ materialId }) => materialId === id);
    return {
      output: { KeyId: key.arn, ...(isSymmetric(key) ? { KeyMaterialId: id } : {}) },
      ...(await removeMaterials(key, gone, tools)),
    };
  },
});

/** Refuses a material that the key does not have; keys with one material for life do not name it. */
function refuseMaterialId(key: KmsKey, asked: string | undefined): void {
  if (asked === undefined) return;
  if (!isSymmetric(key))
    throw new AwsError(
      "ValidationException",
      `KeyMaterialId is not valid for key spec ${key.spec}.`,
    );
  if (!key.materials.some(({ materialId }) => materialId === asked))
    throw new AwsError(
      "NotFoundException",
      `Key material ${asked} is not associated with ${key.arn}.`,
    );
}
