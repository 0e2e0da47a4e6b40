import { dryRunSucceeded } from "../../../api/dry-run.ts";
import { blob, required, sensitive, string, structure } from "../../../shape/shape.ts";
import { requireCiphertext } from "../dry-run.ts";
import { ciphertextDenial } from "../locate.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { openUnder, refuseRecipient, requireAlgorithm } from "../symmetric.ts";

/** Decrypts a ciphertext blob; a symmetric one names its key itself. */
export const decrypt = defineOperation({
  name: "Decrypt",
  readOnly: true,

  input: structure({
    CiphertextBlob: member.ciphertextBlob,
    EncryptionContext: member.encryptionContext,
    GrantTokens: member.grantTokens,
    KeyId: member.keyIdentifier,
    EncryptionAlgorithm: member.encryptionAlgorithm,
    Recipient: structure({}),
    DryRun: member.dryRun,
    DryRunModifiers: member.dryRunModifiers,
  }),

  output: structure({
    KeyId: required(string()),
    Plaintext: required(sensitive(blob())),
    EncryptionAlgorithm: required(string()),
    KeyMaterialId: required(string()),
  }),

  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      ciphertext: (input) => requireCiphertext(input, input.KeyId),
      identifiers: "any",
      action: "kms:Decrypt",
      grantOperation: "Decrypt",
      states: ["Enabled"],
      crossAccount: true,
      encryptionContext: ({ EncryptionContext }) => EncryptionContext,
      conditions: ({ EncryptionAlgorithm = "SYMMETRIC_DEFAULT" }) => ({
        "kms:EncryptionAlgorithm": EncryptionAlgorithm,
      }),
      denial: ({ KeyId }) => (KeyId === undefined ? ciphertextDenial : undefined),
    },
  },

  audit: {
    request: ["KeyId", "EncryptionAlgorithm", "EncryptionContext"],
    defaults: { EncryptionAlgorithm: "SYMMETRIC_DEFAULT" },
  },

  handle({ input, keys: { key }, tools }) {
    refuseRecipient(input.Recipient);
    const blobGiven = requireCiphertext(input, input.KeyId);
    if (blobGiven === undefined) throw dryRunSucceeded();
    const { plaintext, materialId } = openUnder(key, blobGiven, input.EncryptionContext, tools);
    return {
      output: {
        KeyId: key.arn,
        Plaintext: plaintext,
        EncryptionAlgorithm: requireAlgorithm(key, input.EncryptionAlgorithm),
        KeyMaterialId: materialId,
      },
      evidence: { keyMaterialId: materialId },
    };
  },
});
