import { required, string, structure } from "../../../shape/shape.ts";
import { requireMessage } from "../asymmetric.ts";
import { storedMaterial } from "../model/material.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Signs a message, or its digest, with the private key of a key pair. */
export const sign = defineOperation({
  name: "Sign",
  readOnly: true,

  input: structure({
    KeyId: required(member.keyIdentifier),
    Message: required(member.message),
    MessageType: member.messageType,
    GrantTokens: member.grantTokens,
    SigningAlgorithm: required(member.signingAlgorithm),
    DryRun: member.dryRun,
  }),

  output: structure({
    KeyId: required(string()),
    Signature: required(member.signature),
    SigningAlgorithm: required(string()),
  }),

  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "any",
      action: "kms:Sign",
      grantOperation: "Sign",
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
    const { SigningAlgorithm, Message } = input;
    const type = requireMessage(key, input);
    const stored = storedMaterial(key);
    const signature = await tools.keyWork.inTurn({ spec: key.spec, part: "private", account }, () =>
      tools.keyStore.sign(stored, SigningAlgorithm, type, Message),
    );
    return { output: { KeyId: key.arn, Signature: signature, SigningAlgorithm } };
  },
});
