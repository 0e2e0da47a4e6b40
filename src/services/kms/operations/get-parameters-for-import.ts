import { AwsError } from "../../../base/errors.ts";
import { mayWrap } from "../../../crypto/import-wrapping.ts";
import { required, sensitive, string, structure, timestamp } from "../../../shape/shape.ts";
import { issueImportToken } from "../import-token.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Hands out a public key under which key material can travel here, and the token that belongs to it. */
export const getParametersForImport = defineOperation({
  name: "GetParametersForImport",
  readOnly: true,

  input: structure({
    KeyId: required(member.keyIdentifier),
    WrappingAlgorithm: required(member.wrappingAlgorithm),
    WrappingKeySpec: required(member.wrappingKeySpec),
  }),

  output: structure({
    KeyId: required(string()),
    ImportToken: required(sensitive(member.importToken)),
    PublicKey: required(member.publicKey),
    ParametersValidTo: required(timestamp),
  }),

  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:GetParametersForImport",
      origin: "EXTERNAL",
      states: ["Enabled", "Disabled", "PendingImport"],
      crossAccount: false,
      conditions: ({ WrappingAlgorithm, WrappingKeySpec }) => ({
        "kms:WrappingAlgorithm": WrappingAlgorithm,
        "kms:WrappingKeySpec": WrappingKeySpec,
      }),
    },
  },

  audit: { request: ["KeyId", "WrappingAlgorithm", "WrappingKeySpec"] },

  async handle({ input, keys: { key }, context, tools }) {
    const { WrappingAlgorithm: algorithm, WrappingKeySpec: spec } = input;
    if (!mayWrap(key.spec, algorithm, spec))
      throw new AwsError(
        "UnsupportedOperationException",
        `${algorithm} with ${spec} is not valid for key material of ${key.spec}.`,
      );
    const { account, time } = context;
    const { publicKey, token, validTo } = await tools.keyWork.inTurn(
      { spec, part: "making", account },
      () => issueImportToken(key, { algorithm, spec }, time),
    );
    return {
      output: {
        KeyId: key.arn,
        ImportToken: token,
        PublicKey: publicKey,
        ParametersValidTo: validTo,
      },
    };
  },
});
