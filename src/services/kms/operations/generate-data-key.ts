import { blob, required, sensitive, string, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { generateDataKeyBytes, refuseRecipient, sealUnder } from "../symmetric.ts";

/** Makes a data key and returns it twice: in plaintext, and encrypted under a KMS key. */
export const generateDataKey = defineOperation({
  name: "GenerateDataKey",
  readOnly: true,

  input: structure({
    KeyId: required(member.keyIdentifier),
    EncryptionContext: member.encryptionContext,
    NumberOfBytes: member.numberOfBytes,
    KeySpec: member.dataKeySpec,
    GrantTokens: member.grantTokens,
    Recipient: structure({}),
    DryRun: member.dryRun,
  }),

  output: structure({
    CiphertextBlob: required(member.ciphertextBlob),
    Plaintext: required(sensitive(blob())),
    KeyId: required(string()),
    KeyMaterialId: required(string()),
  }),

  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "any",
      action: "kms:GenerateDataKey",
      grantOperation: "GenerateDataKey",
      states: ["Enabled"],
      usage: "ENCRYPT_DECRYPT",
      crossAccount: true,
      encryptionContext: ({ EncryptionContext }) => EncryptionContext,
      conditions: () => ({ "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT" }),
    },
  },

  audit: { request: ["KeyId", "KeySpec", "NumberOfBytes", "EncryptionContext"] },

  handle({ input, keys: { key }, tools }) {
    refuseRecipient(input.Recipient);
    const dataKey = generateDataKeyBytes(input);
    const { blob: sealed, materialId } = sealUnder(key, dataKey, input.EncryptionContext, tools);
    return {
      output: {
        CiphertextBlob: sealed,
        Plaintext: dataKey,
        KeyId: key.arn,
        KeyMaterialId: materialId,
      },
      evidence: { keyMaterialId: materialId },
    };
  },
});
