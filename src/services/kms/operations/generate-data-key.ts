import { after } from "../../../base/soon.ts";
import { blob, required, sensitive, string, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { answerWith, attestationOf, evidenceWith } from "../recipient.ts";
import { evidenceOfUse, generateDataKeyBytes, sealUnder } from "../symmetric.ts";

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
    Recipient: member.recipient,
    DryRun: member.dryRun,
  }),

  output: structure({
    CiphertextBlob: required(member.ciphertextBlob),
    Plaintext: sensitive(blob()),
    KeyId: required(string()),
    CiphertextForRecipient: blob(),
    KeyMaterialId: string(),
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

  handle({ input, context, keys: { key }, tools }) {
    const attestation = attestationOf(input, tools);
    const dataKey = generateDataKeyBytes(input);
    const use = { context, operation: "GenerateDataKey", tools };
    return after(sealUnder(key, dataKey, input.EncryptionContext, use), (sealed) =>
      after(answerWith(dataKey, attestation), (secret) => ({
        output: {
          CiphertextBlob: sealed.blob,
          ...secret,
          KeyId: key.arn,
          KeyMaterialId: attestation === undefined ? sealed.materialId : undefined,
        },
        ...evidenceWith(attestation, evidenceOfUse(key, sealed.materialId)),
      })),
    );
  },
});
