import { AwsError } from "../../../base/errors.ts";
import { blob, required, sensitive, string, structure } from "../../../shape/shape.ts";
import { storedMaterial } from "../model/material.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { requireAlgorithm } from "../usage.ts";

/** Recovers an encapsulated shared secret. A ciphertext that was tampered with yields another secret, no error (FIPS 203). */
export const decapsulate = defineOperation({
  name: "Decapsulate",
  readOnly: true,

  input: structure({
    KeyId: required(member.keyIdentifier),
    SharedSecretCiphertextBlob: required(member.ciphertextBlob),
    EncapsulationAlgorithm: required(member.encapsulationAlgorithm),
    GrantTokens: member.grantTokens,
    DryRun: member.dryRun,
  }),

  output: structure({
    KeyId: required(string()),
    SharedSecret: required(sensitive(blob())),
    EncapsulationAlgorithm: required(string()),
  }),

  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "any",
      action: "kms:Decapsulate",
      grantOperation: "Decapsulate",
      states: ["Enabled"],
      usage: "ENCAPSULATE_DECAPSULATE",
      crossAccount: true,
    },
  },

  audit: { request: ["KeyId", "EncapsulationAlgorithm"] },

  async handle({ input, context: { account }, keys: { key }, tools }) {
    const { EncapsulationAlgorithm, SharedSecretCiphertextBlob } = input;
    requireAlgorithm(key, EncapsulationAlgorithm);
    const stored = storedMaterial(key);
    const secret = await tools.keyWork.inTurn({ spec: key.spec, part: "private", account }, () =>
      tools.keyStore.decapsulate(stored, SharedSecretCiphertextBlob),
    );
    if (secret === undefined) throw new AwsError("InvalidCiphertextException");
    return { output: { KeyId: key.arn, SharedSecret: secret, EncapsulationAlgorithm } };
  },
});
