import { structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { namedGrant, retirementRules, withoutGrant } from "../retire.ts";

/** Gives a grant up, as its retiring principal, its grantee or the account that issued it. */
export const retireGrant = defineOperation({
  name: "RetireGrant",
  readOnly: false,
  input: structure({
    GrantToken: member.grantToken,
    KeyId: member.keyIdentifier,
    GrantId: member.grantId,
    DryRun: member.dryRun,
  }),
  keys: {
    key: {
      locate: (input) => namedGrant(input).key,
      identifiers: "key",
      action: "kms:RetireGrant",
      grantOperation: "RetireGrant",
      states: "any",
      crossAccount: true,
      protection: retirementRules,
    },
  },
  audit: { request: ["KeyId", "GrantId"] },

  handle({ input, keys: { key } }) {
    const { grantId } = namedGrant(input);
    return { output: undefined, change: withoutGrant(key, grantId), evidence: { grantId } };
  },
});
