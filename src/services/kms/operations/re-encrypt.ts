import type { JsonObject, JsonValue } from "../../../base/json.ts";
import { required, string, structure } from "../../../shape/shape.ts";
import { requireCiphertext } from "../dry-run.ts";
import { decryptUnder, dryRunWithoutCiphertext, encryptUnder, selfNaming } from "../encryption.ts";
import { ciphertextDenial } from "../locate.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { evidenceWith } from "../recipient.ts";
import { evidenceOfUse } from "../symmetric.ts";

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
    SourceKeyMaterialId: string(),
    DestinationKeyMaterialId: string(),
  }),

  keys: {
    source: {
      locate: ({ SourceKeyId }) => SourceKeyId,
      ciphertext: (input) =>
        selfNaming(requireCiphertext(input, input.SourceKeyId), input.SourceEncryptionAlgorithm),
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

  async handle({ input, context, keys: { source, destination }, tools }) {
    const {
      SourceEncryptionAlgorithm: from = "SYMMETRIC_DEFAULT",
      DestinationEncryptionAlgorithm: to = "SYMMETRIC_DEFAULT",
    } = input;
    const given = requireCiphertext(input, input.SourceKeyId);
    if (given === undefined) throw dryRunWithoutCiphertext(source, from, "ReEncrypt");
    const opening = { algorithm: from, context: input.SourceEncryptionContext };
    const sealing = { algorithm: to, context: input.DestinationEncryptionContext };
    const use = { context, operation: "ReEncrypt", tools };
    const opened = await decryptUnder(source, given, opening, use);
    try {
      const sealed = await encryptUnder(destination, opened.plaintext, sealing, use);
      return {
        output: {
          CiphertextBlob: sealed.blob,
          SourceKeyId: source.arn,
          KeyId: destination.arn,
          SourceEncryptionAlgorithm: from,
          DestinationEncryptionAlgorithm: to,
          SourceKeyMaterialId: opened.materialId,
          DestinationKeyMaterialId: sealed.materialId,
        },
        ...evidenceWith(undefined, {
          ...ofSide("source", evidenceOfUse(source, opened.materialId)),
          ...ofSide("destination", evidenceOfUse(destination, sealed.materialId)),
        }),
      };
    } finally {
      opened.plaintext.fill(0);
    }
  },
});

/** Facts of one of the two keys, under names that say which: `sourceKeyMaterialId`. */
function ofSide(side: "source" | "destination", facts: JsonObject): JsonObject {
  const named = Object.entries(facts).map(
    ([name, value]) => [side + name.charAt(0).toUpperCase() + name.slice(1), value] as const,
  );
  return Object.fromEntries<JsonValue>(named);
}
