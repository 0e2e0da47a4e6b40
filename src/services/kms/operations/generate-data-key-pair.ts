import { blob, required, sensitive, string, structure } from "../../../shape/shape.ts";
import { generateDataKeyPairUnder } from "../data-key-pair.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { answerWith, attestationOf, evidenceWith } from "../recipient.ts";

/** Makes a data key pair and returns its private key twice: in plaintext, and encrypted under a KMS key. */
export const generateDataKeyPair = defineOperation({
  name: "GenerateDataKeyPair",
  readOnly: true,

  input: structure({
    EncryptionContext: member.encryptionContext,
    KeyId: required(member.keyIdentifier),
    KeyPairSpec: required(member.dataKeyPairSpec),
    GrantTokens: member.grantTokens,
    Recipient: member.recipient,
    DryRun: member.dryRun,
  }),

  output: structure({
    PrivateKeyCiphertextBlob: required(member.ciphertextBlob),
    PrivateKeyPlaintext: sensitive(blob()),
    PublicKey: required(member.publicKey),
    KeyId: required(string()),
    KeyPairSpec: required(string()),
    CiphertextForRecipient: blob(),
    KeyMaterialId: string(),
  }),

  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "any",
      action: "kms:GenerateDataKeyPair",
      grantOperation: "GenerateDataKeyPair",
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
    const attestation = attestationOf(input, tools);
    const { privateKey, members, evidence } = await generateDataKeyPairUnder(key, input, {
      context,
      operation: "GenerateDataKeyPair",
      tools,
    });
    const { Plaintext: PrivateKeyPlaintext, ...encrypted } = await answerWith(
      privateKey,
      attestation,
    );
    const { KeyMaterialId, ...others } = members;
    return {
      output: {
        ...others,
        PrivateKeyPlaintext,
        ...encrypted,
        KeyMaterialId: attestation === undefined ? KeyMaterialId : undefined,
      },
      ...evidenceWith(attestation, evidence),
    };
  },
});
