import type { AppliedPolicies } from "../../api/authorize.ts";
import type { GrantTerms } from "../../authorization/grants.ts";
import { compileKeyPolicy } from "./key-policy.ts";
import type { Grant, KmsKey } from "./model/key.ts";
import { partyName } from "./model/key.ts";

/** The policies on a key: its key policy, the root of all trust, and its grants. Made once for each version of the key. */
export function policiesOf(key: KmsKey): AppliedPolicies {
  const known = appliedPolicies.get(key);
  if (known !== undefined) return known;
  const policies: AppliedPolicies = {
    resource: { policy: compileKeyPolicy(key.policy), trust: "key-policy" },
    grants: key.grants.map((grant) => knownTerms.getOrInsertComputed(grant, grantTerms)),
  };
  appliedPolicies.set(key, policies);
  return policies;
}

const appliedPolicies = new WeakMap<KmsKey, AppliedPolicies>();
/** Most grants of a key outlive its versions. */
const knownTerms = new WeakMap<Grant, GrantTerms>();

/** A grant as the decision engine reads it. */
export function grantTerms({
  grantId,
  grantee,
  retiring,
  operations,
  constraints = {},
}: Grant): GrantTerms {
  const { EncryptionContextEquals, EncryptionContextSubset, SourceArn } = constraints;
  return {
    grantId,
    granteePrincipal: partyName(grantee),
    ...(retiring === undefined ? {} : { retiringPrincipal: partyName(retiring) }),
    operations,
    constraints: {
      ...(EncryptionContextEquals === undefined ? {} : { EncryptionContextEquals }),
      ...(EncryptionContextSubset === undefined ? {} : { EncryptionContextSubset }),
      ...(SourceArn === undefined ? {} : { SourceArn }),
    },
  };
}
