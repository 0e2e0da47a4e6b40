import { oneOf, required, sensitive, string, structure, timestamp } from "../../../shape/shape.ts";
import { importMaterial } from "../import-material.ts";
import { materialOf, refuseMaterial, refuseRequest, termsOf } from "../import-request.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { isSymmetric } from "../usage.ts";

/** Takes key material that its owner wrapped for this service into a KMS key. */
export const importKeyMaterial = defineOperation({
  name: "ImportKeyMaterial",
  readOnly: false,

  input: structure({
    KeyId: required(member.keyIdentifier),
    ImportToken: required(sensitive(member.importToken)),
    EncryptedKeyMaterial: required(sensitive(member.encryptedKeyMaterial)),
    ValidTo: timestamp,
    ExpirationModel: member.expirationModel,
    ImportType: oneOf("NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"),
    KeyMaterialDescription: member.keyMaterialDescription,
    KeyMaterialId: member.keyMaterialId,
  }),

  output: structure({ KeyId: required(string()), KeyMaterialId: string() }),

  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:ImportKeyMaterial",
      origin: "EXTERNAL",
      states: ["Enabled", "Disabled", "PendingImport"],
      crossAccount: false,
      conditions: ({ ExpirationModel = "KEY_MATERIAL_EXPIRES", ValidTo }) => ({
        "kms:ExpirationModel": ExpirationModel,
        "kms:ValidTo": ValidTo === undefined ? undefined : ValidTo.getTime() / 1000,
      }),
    },
  },

  audit: {
    request: [
      "KeyId",
      "ValidTo",
      "ExpirationModel",
      "ImportType",
      "KeyMaterialDescription",
      "KeyMaterialId",
    ],
    defaults: { ExpirationModel: "KEY_MATERIAL_EXPIRES" },
    response: ({ output: { KeyId, KeyMaterialId } }) => ({
      keyId: KeyId,
      ...(KeyMaterialId === undefined ? {} : { keyMaterialId: KeyMaterialId }),
    }),
  },

  async handle({ input, keys: { key }, context, tools }) {
    const { time } = context;
    refuseRequest(key, input);
    const terms = termsOf(input, time);
    const material = await materialOf(key, input, context, tools);
    refuseMaterial(key, material, input);
    const { materialId: KeyMaterialId } = material;
    return {
      output: { KeyId: key.arn, ...(isSymmetric(key) ? { KeyMaterialId } : {}) },
      ...(await importMaterial(key, material, terms, time, tools)),
    };
  },
});
