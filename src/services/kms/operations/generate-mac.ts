import { required, string, structure } from "../../../shape/shape.ts";
import { storedMaterial } from "../model/material.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { requireAlgorithm } from "../usage.ts";

/** Authenticates a message with a hash-based message authentication code (HMAC). */
export const generateMac = defineOperation({
  name: "GenerateMac",
  readOnly: true,

  input: structure({
    Message: required(member.message),
    KeyId: required(member.keyIdentifier),
    MacAlgorithm: required(member.macAlgorithm),
    GrantTokens: member.grantTokens,
    DryRun: member.dryRun,
  }),

  output: structure({
    Mac: required(member.mac),
    MacAlgorithm: required(string()),
    KeyId: required(string()),
  }),

  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "any",
      action: "kms:GenerateMac",
      grantOperation: "GenerateMac",
      states: ["Enabled"],
      usage: "GENERATE_VERIFY_MAC",
      crossAccount: true,
      conditions: ({ MacAlgorithm }) => ({ "kms:MacAlgorithm": MacAlgorithm }),
    },
  },

  audit: { request: ["KeyId", "MacAlgorithm"] },

  handle({ input: { Message, MacAlgorithm }, keys: { key }, tools }) {
    requireAlgorithm(key, MacAlgorithm);
    const mac = tools.keyStore.mac(storedMaterial(key), MacAlgorithm, Message);
    return { output: { Mac: mac, MacAlgorithm, KeyId: key.arn } };
  },
});
