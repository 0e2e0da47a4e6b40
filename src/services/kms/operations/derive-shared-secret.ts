import { AwsError } from "../../../base/errors.ts";
import { blob, required, sensitive, string, structure } from "../../../shape/shape.ts";
import { storedMaterial } from "../model/material.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { answerWith, attestationOf, evidenceWith } from "../recipient.ts";
import { requireAlgorithm } from "../usage.ts";

/** Agrees on a secret between a key pair and somebody's public key: the raw coordinate, for a key derivation of the caller's. */
export const deriveSharedSecret = defineOperation({
  name: "DeriveSharedSecret",
  readOnly: true,

  input: structure({
    KeyId: required(member.keyIdentifier),
    KeyAgreementAlgorithm: required(member.keyAgreementAlgorithm),
    PublicKey: required(member.publicKey),
    GrantTokens: member.grantTokens,
    DryRun: member.dryRun,
    Recipient: member.recipient,
  }),

  output: structure({
    KeyId: required(string()),
    SharedSecret: sensitive(blob()),
    CiphertextForRecipient: blob(),
    KeyAgreementAlgorithm: required(string()),
    KeyOrigin: required(string()),
  }),

  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "any",
      action: "kms:DeriveSharedSecret",
      grantOperation: "DeriveSharedSecret",
      states: ["Enabled"],
      usage: "KEY_AGREEMENT",
      crossAccount: true,
      conditions: ({ KeyAgreementAlgorithm }) => ({
        "kms:KeyAgreementAlgorithm": KeyAgreementAlgorithm,
      }),
    },
  },

  audit: { request: ["KeyId", "KeyAgreementAlgorithm"] },

  async handle({ input, context, keys: { key }, tools }) {
    const attestation = attestationOf(input, tools);
    const { KeyAgreementAlgorithm, PublicKey } = input;
    requireAlgorithm(key, KeyAgreementAlgorithm);
    const stored = storedMaterial(key);
    const { account } = context;
    const secret = await tools.keyWork.inTurn({ spec: key.spec, part: "private", account }, () =>
      tools.keyStore.agree(stored, PublicKey),
    );
    if (secret === undefined) throw new AwsError("ValidationException");
    const { Plaintext: SharedSecret, ...encrypted } = await answerWith(secret, attestation);
    return {
      output: {
        KeyId: key.arn,
        SharedSecret,
        ...encrypted,
        KeyAgreementAlgorithm,
        KeyOrigin: key.origin,
      },
      ...evidenceWith(attestation),
    };
  },
});
