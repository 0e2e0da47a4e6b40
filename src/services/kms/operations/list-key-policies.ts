import { boolean, list, required, string, structure } from "../../../shape/shape.ts";
import { pageOf } from "../model/marker.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Lists the names of a KMS key's policies: there is one, `default`. */
export const listKeyPolicies = defineOperation({
  name: "ListKeyPolicies",
  readOnly: true,
  input: structure({
    KeyId: required(member.keyIdentifier),
    Limit: member.limit,
    Marker: member.marker,
  }),
  output: structure({
    PolicyNames: required(list(string())),
    NextMarker: string(),
    Truncated: required(boolean),
  }),
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:ListKeyPolicies",
      states: "any",
      crossAccount: false,
    },
  },
  audit: { request: ["KeyId", "Limit", "Marker"] },

  handle({ input, keys: { key } }) {
    const listing = `ListKeyPolicies ${key.arn}`;
    const { entries, page } = pageOf(
      ["default"],
      input,
      { most: 1000, usual: 100 },
      listing,
      (name) => name,
    );
    return { output: { PolicyNames: entries, ...page } };
  },
});
