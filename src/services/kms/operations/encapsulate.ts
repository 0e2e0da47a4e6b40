import { encapsulate as encapsulateFor } from "../../../crypto/encapsulation.ts";
import { placeOf } from "../../../crypto/key-spec.ts";
import { blob, required, sensitive, string, structure } from "../../../shape/shape.ts";
import { publicKeyOf } from "../asymmetric.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { requireAlgorithm } from "../usage.ts";

/** Makes a shared secret and encapsulates it for the holder of a key pair. */
export const encapsulate = defineOperation({
  name: "Encapsulate",
  readOnly: true,

  input: structure({
    KeyId: required(member.keyIdentifier),
    EncapsulationAlgorithm: required(member.encapsulationAlgorithm),
    GrantTokens: member.grantTokens,
    DryRun: member.dryRun,
  }),

  output: structure({
    KeyId: required(string()),
    SharedSecret: required(sensitive(blob())),
    SharedSecretCiphertextBlob: required(member.ciphertextBlob),
    EncapsulationAlgorithm: required(string()),
  }),

  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "any",
      action: "kms:Encapsulate",
      grantOperation: "Encapsulate",
      states: ["Enabled"],
      usage: "ENCAPSULATE_DECAPSULATE",
      crossAccount: true,
    },
  },

  audit: { request: ["KeyId", "EncapsulationAlgorithm"] },

  async handle({ input, context: { account }, keys: { key }, tools }) {
    const { EncapsulationAlgorithm } = input;
    requireAlgorithm(key, EncapsulationAlgorithm);
    const publicKey = publicKeyOf(key);
    const { sharedSecret, ciphertext } = await tools.keyWork.inTurn(
      { spec: key.spec, part: "public", account },
      () => encapsulateFor(publicKey, placeOf(key.spec, "public")),
    );
    return {
      output: {
        KeyId: key.arn,
        SharedSecret: sharedSecret,
        SharedSecretCiphertextBlob: ciphertext,
        EncapsulationAlgorithm,
      },
    };
  },
});
