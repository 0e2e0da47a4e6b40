import { AwsError } from "../../../base/errors.ts";
import { placeOf } from "../../../crypto/key-spec.ts";
import { verify as verifies } from "../../../crypto/signing.ts";
import { boolean, required, string, structure } from "../../../shape/shape.ts";
import { publicKeyOf, requireMessage } from "../asymmetric.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Verifies a signature under a key pair. A signature that is not valid is an error, never an answer. */
export const verify = defineOperation({
  name: "Verify",
  readOnly: true,

  input: structure({
    KeyId: required(member.keyIdentifier),
    Message: required(member.message),
    MessageType: member.messageType,
    Signature: required(member.signature),
    SigningAlgorithm: required(member.signingAlgorithm),
    GrantTokens: member.grantTokens,
    DryRun: member.dryRun,
  }),

  output: structure({
    KeyId: required(string()),
    SignatureValid: required(boolean),
    SigningAlgorithm: required(string()),
  }),

  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "any",
      action: "kms:Verify",
      grantOperation: "Verify",
      states: ["Enabled"],
      usage: "SIGN_VERIFY",
      crossAccount: true,
      conditions: ({ MessageType = "RAW", SigningAlgorithm }) => ({
        "kms:MessageType": MessageType,
        "kms:SigningAlgorithm": SigningAlgorithm,
      }),
    },
  },

  audit: {
    request: ["KeyId", "MessageType", "SigningAlgorithm"],
    defaults: { MessageType: "RAW" },
  },

  async handle({ input, context: { account }, keys: { key }, tools }) {
    const { SigningAlgorithm, Message, Signature } = input;
    const type = requireMessage(key, input);
    const publicKey = publicKeyOf(key);
    const valid = await tools.keyWork.inTurn({ spec: key.spec, part: "public", account }, () =>
      verifies(publicKey, SigningAlgorithm, type, Message, Signature, placeOf(key.spec, "public")),
    );
    if (!valid) throw new AwsError("KMSInvalidSignatureException");
    return { output: { KeyId: key.arn, SignatureValid: true, SigningAlgorithm } };
  },
});
