import { after } from "../../../base/soon.ts";
import { blob, required, sensitive, string, structure } from "../../../shape/shape.ts";
import { requireCiphertext } from "../dry-run.ts";
import { decryptUnder, dryRunWithoutCiphertext, selfNaming } from "../encryption.ts";
import { ciphertextDenial } from "../locate.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { answerWith, attestationOf, evidenceWith } from "../recipient.ts";
import { evidenceOfUse } from "../symmetric.ts";

/** Decrypts a ciphertext blob; a symmetric one names its key itself, one of a key pair may have been made offline. */
export const decrypt = defineOperation({
  name: "Decrypt",
  readOnly: true,

  input: structure({
    CiphertextBlob: member.ciphertextBlob,
    EncryptionContext: member.encryptionContext,
    GrantTokens: member.grantTokens,
    KeyId: member.keyIdentifier,
    EncryptionAlgorithm: member.encryptionAlgorithm,
    Recipient: member.recipient,
    DryRun: member.dryRun,
    DryRunModifiers: member.dryRunModifiers,
  }),

  output: structure({
    KeyId: required(string()),
    Plaintext: sensitive(blob()),
    EncryptionAlgorithm: required(string()),
    CiphertextForRecipient: blob(),
    KeyMaterialId: string(),
  }),

  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      ciphertext: (input) =>
        selfNaming(requireCiphertext(input, input.KeyId), input.EncryptionAlgorithm),
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

  handle({ input, context: call, keys: { key }, tools }) {
    const attestation = attestationOf(input, tools);
    const { EncryptionAlgorithm: algorithm = "SYMMETRIC_DEFAULT", EncryptionContext: context } =
      input;
    const given = requireCiphertext(input, input.KeyId);
    if (given === undefined) throw dryRunWithoutCiphertext(key, algorithm, "Decrypt");
    const manner = { algorithm, context };
    const use = { context: call, operation: "Decrypt", tools };
    return after(decryptUnder(key, given, manner, use), ({ plaintext, materialId }) =>
      after(answerWith(plaintext, attestation), (secret) => ({
        output: {
          KeyId: key.arn,
          ...secret,
          EncryptionAlgorithm: algorithm,
          KeyMaterialId: attestation === undefined ? materialId : undefined,
        },
        ...evidenceWith(attestation, evidenceOfUse(key, materialId)),
      })),
    );
  },
});
