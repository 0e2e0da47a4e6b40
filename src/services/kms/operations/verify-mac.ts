import { AwsError } from "../../../base/errors.ts";
import { equalBytes } from "../../../crypto/hash.ts";
import { boolean, required, string, structure } from "../../../shape/shape.ts";
import { storedMaterial } from "../model/material.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { requireAlgorithm } from "../usage.ts";

/** Verifies a message authentication code. One that is not valid is an error, never an answer. */
export const verifyMac = defineOperation({
  name: "VerifyMac",
  readOnly: true,

  input: structure({
    Message: required(member.message),
    KeyId: required(member.keyIdentifier),
    MacAlgorithm: required(member.macAlgorithm),
    Mac: required(member.mac),
    GrantTokens: member.grantTokens,
    DryRun: member.dryRun,
  }),

  output: structure({
    KeyId: required(string()),
    MacValid: required(boolean),
    MacAlgorithm: required(string()),
  }),

  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "any",
      action: "kms:VerifyMac",
      grantOperation: "VerifyMac",
      states: ["Enabled"],
      usage: "GENERATE_VERIFY_MAC",
      crossAccount: true,
      conditions: ({ MacAlgorithm }) => ({ "kms:MacAlgorithm": MacAlgorithm }),
    },
  },

  audit: { request: ["KeyId", "MacAlgorithm"] },

  handle({ input: { Message, MacAlgorithm, Mac }, keys: { key }, tools }) {
    requireAlgorithm(key, MacAlgorithm);
    if (!equalBytes(Mac, tools.keyStore.mac(storedMaterial(key), MacAlgorithm, Message)))
      throw new AwsError("KMSInvalidMacException");
    return { output: { KeyId: key.arn, MacValid: true, MacAlgorithm } };
  },
});
