import { required, string, structure } from "../../../shape/shape.ts";
import { requireDefaultPolicy, shownKeyPolicy } from "../key-policy.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Returns the key policy of a KMS key. */
export const getKeyPolicy = defineOperation({
  name: "GetKeyPolicy",
  readOnly: true,
  input: structure({ KeyId: required(member.keyIdentifier), PolicyName: member.policyName }),
  output: structure({ Policy: required(string()), PolicyName: required(string()) }),
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:GetKeyPolicy",
      states: "any",
      crossAccount: false,
    },
  },
  audit: { request: ["KeyId", "PolicyName"], defaults: { PolicyName: "default" } },

  async handle({ input, keys: { key }, tools }) {
    const PolicyName = requireDefaultPolicy(input.PolicyName);
    return { output: { Policy: await shownKeyPolicy(key.policy, tools.principals), PolicyName } };
  },
});
