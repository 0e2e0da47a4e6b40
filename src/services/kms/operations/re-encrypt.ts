import { dryRunSucceeded } from "../../../api/dry-run.ts";
import { required, string, structure } from "../../../shape/shape.ts";
import { requireCiphertext } from "../dry-run.ts";
import { ciphertextDenial } from "../locate.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { openUnder, requireAlgorithm, sealUnder } from "../symmetric.ts";

type Named = Readonly<Record<string, { readonly arn: string } | undefined>>;
const sameKey = ({ source, destination }: Named): boolean => source?.arn === destination?.arn;

/** Decrypts under one KMS key and encrypts under another; the plaintext never leaves the service. */
export const reEncrypt = defineOperation({
  name: "ReEncrypt",
  readOnly: true,

  input: structure({
    CiphertextBlob: member.ciphertextBlob,
    SourceEncryptionContext: member.encryptionContext,
    SourceKeyId: member.keyIdentifier,
    DestinationKeyId: required(member.keyIdentifier),
    DestinationEncryptionContext: member.encryptionContext,
    SourceEncryptionAlgorithm: member.encryptionAlgorithm,
    DestinationEncryptionAlgorithm: member.encryptionAlgorithm,
    GrantTokens: member.grantTokens,
    DryRun: member.dryRun,
    DryRunModifiers: member.dryRunModifiers,
  }),

  output: structure({
    CiphertextBlob: required(member.ciphertextBlob),
    SourceKeyId: required(string()),
    KeyId: required(string()),
    SourceEncryptionAlgorithm: required(string()),
    DestinationEncryptionAlgorithm: required(string()),
    SourceKeyMaterialId: required(string()),
    DestinationKeyMaterialId: required(string()),
  }),

  keys: {
    source: {
      locate: ({ SourceKeyId }) => SourceKeyId,
      ciphertext: (input) => requireCiphertext(input, input.SourceKeyId),
      identifiers: "any",
      action: "kms:ReEncryptFrom",
      grantOperation: "ReEncryptFrom",
      states: ["Enabled"],
      crossAccount: true,
      encryptionContext: ({ SourceEncryptionContext }) => SourceEncryptionContext,
      conditions: ({ SourceEncryptionAlgorithm = "SYMMETRIC_DEFAULT" }, things) => ({
        "kms:EncryptionAlgorithm": SourceEncryptionAlgorithm,
        "kms:ReEncryptOnSameKey": sameKey(things),
      }),
      denial: ({ SourceKeyId }) => (SourceKeyId === undefined ? ciphertextDenial : undefined),
    },
    destination: {
      locate: ({ DestinationKeyId }) => DestinationKeyId,
      identifiers: "any",
      action: "kms:ReEncryptTo",
      grantOperation: "ReEncryptTo",
      states: ["Enabled"],
      usage: "ENCRYPT_DECRYPT",
      crossAccount: true,
      encryptionContext: ({ DestinationEncryptionContext }) => DestinationEncryptionContext,
      conditions: ({ DestinationEncryptionAlgorithm = "SYMMETRIC_DEFAULT" }, things) => ({
        "kms:EncryptionAlgorithm": DestinationEncryptionAlgorithm,
        "kms:ReEncryptOnSameKey": sameKey(things),
      }),
    },
  },

  audit: {
    request: [
      "SourceKeyId",
      "SourceEncryptionAlgorithm",
      "SourceEncryptionContext",
      "DestinationKeyId",
      "DestinationEncryptionAlgorithm",
      "DestinationEncryptionContext",
    ],
    defaults: {
      SourceEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
      DestinationEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
    },
  },

  handle({ input, keys: { source, destination }, tools }) {
    const given = requireCiphertext(input, input.SourceKeyId);
    if (given === undefined) throw dryRunSucceeded();
    const opened = openUnder(source, given, input.SourceEncryptionContext, tools);
    const sourceAlgorithm = requireAlgorithm(source, input.SourceEncryptionAlgorithm);
    const destinationAlgorithm = requireAlgorithm(
      destination,
      input.DestinationEncryptionAlgorithm,
    );
    const sealed = sealUnder(
      destination,
      opened.plaintext,
      input.DestinationEncryptionContext,
      tools,
    );
    opened.plaintext.fill(0);
    return {
      output: {
        CiphertextBlob: sealed.blob,
        SourceKeyId: source.arn,
        KeyId: destination.arn,
        SourceEncryptionAlgorithm: sourceAlgorithm,
        DestinationEncryptionAlgorithm: destinationAlgorithm,
        SourceKeyMaterialId: opened.materialId,
        DestinationKeyMaterialId: sealed.materialId,
      },
      evidence: {
        sourceKeyMaterialId: opened.materialId,
        destinationKeyMaterialId: sealed.materialId,
      },
    };
  },
});
