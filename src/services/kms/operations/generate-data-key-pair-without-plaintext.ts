import { required, string, structure } from "../../../shape/shape.ts";
import { generateDataKeyPairUnder } from "../data-key-pair.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Makes a data key pair and returns its private key only encrypted under a KMS key. */
export const generateDataKeyPairWithoutPlaintext = defineOperation({
  name: "GenerateDataKeyPairWithoutPlaintext",
  readOnly: true,

  input: structure({
    EncryptionContext: member.encryptionContext,
    KeyId: required(member.keyIdentifier),
    KeyPairSpec: required(member.dataKeyPairSpec),
    GrantTokens: member.grantTokens,
    DryRun: member.dryRun,
  }),

  output: structure({
    PrivateKeyCiphertextBlob: required(member.ciphertextBlob),
    PublicKey: required(member.publicKey),
    KeyId: required(string()),
    KeyPairSpec: required(string()),
    KeyMaterialId: string(),
  }),

  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "any",
      action: "kms:GenerateDataKeyPairWithoutPlaintext",
      grantOperation: "GenerateDataKeyPairWithoutPlaintext",
      // Of a key in a custom key store the handler says that it is none for pairs, available or not.
      states: ["Enabled", "Unavailable"],
      usage: "ENCRYPT_DECRYPT",
      crossAccount: true,
      encryptionContext: ({ EncryptionContext }) => EncryptionContext,
      conditions: ({ KeyPairSpec }) => ({
        "kms:DataKeyPairSpec": KeyPairSpec,
        "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
      }),
    },
  },

  audit: { request: ["KeyId", "KeyPairSpec", "EncryptionContext"] },

  async handle({ input, context, keys: { key }, tools }) {
    const { privateKey, members, evidence } = await generateDataKeyPairUnder(key, input, {
      context,
      operation: "GenerateDataKeyPairWithoutPlaintext",
      tools,
    });
    privateKey.fill(0);
    return { output: members, evidence };
  },
});
