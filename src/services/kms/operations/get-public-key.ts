import { AwsError } from "../../../base/errors.ts";
import { keySpecs } from "../../../crypto/key-spec.ts";
import { list, required, string, structure } from "../../../shape/shape.ts";
import { publicKeyOf } from "../asymmetric.ts";
import * as member from "../model/members.ts";
import { algorithmMembers } from "../model/metadata.ts";
import { defineOperation } from "../operation.ts";

/** Returns the public key of a key pair; what it is good for offline goes with it. */
export const getPublicKey = defineOperation({
  name: "GetPublicKey",
  readOnly: true,

  input: structure({
    KeyId: required(member.keyIdentifier),
    GrantTokens: member.grantTokens,
  }),

  output: structure({
    KeyId: required(string()),
    PublicKey: required(member.publicKey),
    CustomerMasterKeySpec: required(string()),
    KeySpec: required(string()),
    KeyUsage: required(string()),
    EncryptionAlgorithms: list(string()),
    SigningAlgorithms: list(string()),
    KeyAgreementAlgorithms: list(string()),
    EncapsulationAlgorithms: list(string()),
  }),

  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "described",
      action: "kms:GetPublicKey",
      grantOperation: "GetPublicKey",
      states: ["Enabled", "Disabled", "PendingImport"],
      crossAccount: true,
    },
  },

  audit: { request: ["KeyId"] },

  handle({ keys: { key } }) {
    if (keySpecs[key.spec].keyType !== "asymmetric")
      throw new AwsError("UnsupportedOperationException", `${key.arn} has no public key.`);
    return {
      output: {
        KeyId: key.arn,
        PublicKey: publicKeyOf(key),
        CustomerMasterKeySpec: key.spec,
        KeySpec: key.spec,
        KeyUsage: key.usage,
        ...algorithmMembers(key),
      },
    };
  },
});
