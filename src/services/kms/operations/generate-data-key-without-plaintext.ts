import { required, string, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { generateDataKeyBytes, sealUnder } from "../symmetric.ts";

/** Makes a data key and returns it only encrypted under a KMS key. */
export const generateDataKeyWithoutPlaintext = defineOperation({
  name: "GenerateDataKeyWithoutPlaintext",
  readOnly: true,

  input: structure({
    KeyId: required(member.keyIdentifier),
    EncryptionContext: member.encryptionContext,
    NumberOfBytes: member.numberOfBytes,
    KeySpec: member.dataKeySpec,
    GrantTokens: member.grantTokens,
    DryRun: member.dryRun,
  }),

  output: structure({
    CiphertextBlob: required(member.ciphertextBlob),
    KeyId: required(string()),
    KeyMaterialId: required(string()),
  }),

  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "any",
      action: "kms:GenerateDataKeyWithoutPlaintext",
      grantOperation: "GenerateDataKeyWithoutPlaintext",
      states: ["Enabled"],
      usage: "ENCRYPT_DECRYPT",
      crossAccount: true,
      encryptionContext: ({ EncryptionContext }) => EncryptionContext,
      conditions: () => ({ "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT" }),
    },
  },

  audit: { request: ["KeyId", "KeySpec", "NumberOfBytes", "EncryptionContext"] },

  handle({ input, keys: { key }, tools }) {
    const dataKey = generateDataKeyBytes(input);
    const { blob: sealed, materialId } = sealUnder(key, dataKey, input.EncryptionContext, tools);
    dataKey.fill(0);
    return {
      output: { CiphertextBlob: sealed, KeyId: key.arn, KeyMaterialId: materialId },
      evidence: { keyMaterialId: materialId },
    };
  },
});
