import { after } from "../../../base/soon.ts";
import { required, sensitive, string, structure } from "../../../shape/shape.ts";
import { encryptUnder } from "../encryption.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { evidenceWith } from "../recipient.ts";
import { evidenceOfUse } from "../symmetric.ts";

/** Encrypts up to 4,096 bytes of plaintext under one KMS key; key pairs encrypt less. */
export const encrypt = defineOperation({
  name: "Encrypt",
  readOnly: true,

  input: structure({
    KeyId: required(member.keyIdentifier),
    Plaintext: required(sensitive(member.plaintext)),
    EncryptionContext: member.encryptionContext,
    EncryptionAlgorithm: member.encryptionAlgorithm,
    GrantTokens: member.grantTokens,
    DryRun: member.dryRun,
  }),

  output: structure({
    CiphertextBlob: required(member.ciphertextBlob),
    KeyId: required(string()),
    EncryptionAlgorithm: required(string()),
  }),

  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "any",
      action: "kms:Encrypt",
      grantOperation: "Encrypt",
      states: ["Enabled"],
      usage: "ENCRYPT_DECRYPT",
      crossAccount: true,
      encryptionContext: ({ EncryptionContext }) => EncryptionContext,
      conditions: ({ EncryptionAlgorithm = "SYMMETRIC_DEFAULT" }) => ({
        "kms:EncryptionAlgorithm": EncryptionAlgorithm,
      }),
    },
  },

  audit: {
    request: ["KeyId", "EncryptionAlgorithm", "EncryptionContext"],
    defaults: { EncryptionAlgorithm: "SYMMETRIC_DEFAULT" },
  },

  handle({ input, context: call, keys: { key }, tools }) {
    const { EncryptionAlgorithm: algorithm = "SYMMETRIC_DEFAULT", EncryptionContext: context } =
      input;
    const manner = { algorithm, context };
    const use = { context: call, operation: "Encrypt", tools };
    return after(encryptUnder(key, input.Plaintext, manner, use), ({ blob, materialId }) => ({
      output: { CiphertextBlob: blob, KeyId: key.arn, EncryptionAlgorithm: algorithm },
      ...evidenceWith(undefined, evidenceOfUse(key, materialId)),
    }));
  },
});
