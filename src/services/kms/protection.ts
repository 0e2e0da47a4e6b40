import type { AppliedPolicies } from "../../api/authorize.ts";
import type { GrantTerms } from "../../authorization/grants.ts";
import { keyPolicyOf } from "./key-policy.ts";
import type { Grant, KmsKey } from "./model/key.ts";
import { partyName } from "./model/key.ts";

/** The policies on a key: its key policy, the root of all trust, and its grants. */
export function policiesOf(key: KmsKey): AppliedPolicies {
  return {
    resource: { policy: keyPolicyOf(key), trust: "key-policy" },
    grants: key.grants.map(grantTerms),
  };
}

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
