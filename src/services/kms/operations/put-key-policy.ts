import { boolean, required, structure } from "../../../shape/shape.ts";
import { normalizeKeyPolicy, refuseLockout, requireDefaultPolicy } from "../key-policy.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { replaceKey } from "../tables/keys.ts";

/** Replaces the key policy of a KMS key. */
export const putKeyPolicy = defineOperation({
  name: "PutKeyPolicy",
  readOnly: false,
  input: structure({
    KeyId: required(member.keyIdentifier),
    PolicyName: member.policyName,
    Policy: required(member.policy),
    BypassPolicyLockoutSafetyCheck: boolean,
  }),
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:PutKeyPolicy",
      states: "any",
      crossAccount: false,
      conditions: ({ BypassPolicyLockoutSafetyCheck = false }) => ({
        "kms:BypassPolicyLockoutSafetyCheck": BypassPolicyLockoutSafetyCheck,
      }),
    },
  },
  audit: {
    request: ["KeyId", "PolicyName", "Policy", "BypassPolicyLockoutSafetyCheck"],
    defaults: { PolicyName: "default", BypassPolicyLockoutSafetyCheck: false },
    response: ({ keys: { key } }) => ({ keyId: key.arn }),
  },

  async handle({ input, keys: { key }, context, tools }) {
    requireDefaultPolicy(input.PolicyName);
    const policy = await normalizeKeyPolicy(input.Policy, tools.principals);
    if (input.BypassPolicyLockoutSafetyCheck !== true) refuseLockout(policy, key, context);
    return { output: undefined, change: replaceKey(key, { ...key, policy }) };
  },
});
