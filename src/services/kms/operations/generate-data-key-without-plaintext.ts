import { after } from "../../../base/soon.ts";
import { required, string, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { evidenceOfUse, generateDataKeyBytes, sealUnder } from "../symmetric.ts";

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
    KeyMaterialId: string(),
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

  handle({ input, context, keys: { key }, tools }) {
    const dataKey = generateDataKeyBytes(input);
    const use = { context, operation: "GenerateDataKeyWithoutPlaintext", tools };
    return after(sealUnder(key, dataKey, input.EncryptionContext, use), ({ blob, materialId }) => {
      dataKey.fill(0);
      return {
        output: { CiphertextBlob: blob, KeyId: key.arn, KeyMaterialId: materialId },
        evidence: evidenceOfUse(key, materialId),
      };
    });
  },
});
