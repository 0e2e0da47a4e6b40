import { kmsArn } from "../../base/arn.ts";
import { AwsError } from "../../base/errors.ts";
import type { Change } from "../../database/commit.ts";
import { readGrantToken } from "./grant-token.ts";
import { constraintConditions } from "./grants.ts";
import type { KmsKey } from "./model/key.ts";
import type { KeyProtection } from "./operation.ts";
import { grantTerms, policiesOf } from "./protection.ts";
import { replaceKey } from "./tables/keys.ts";

/** RetireGrant's two ways to name a grant. */
export interface RetireRequest {
  readonly GrantToken?: string | undefined;
  readonly KeyId?: string | undefined;
  readonly GrantId?: string | undefined;
}

/** The grant that a request names. Throws ValidationException unless it names one by token or by key and id. */
export function namedGrant({ GrantToken, KeyId, GrantId }: RetireRequest): {
  readonly key: string;
  readonly grantId: string;
} {
  if (GrantToken !== undefined) {
    const { account, region, keyId, grantId } = readGrantToken(GrantToken);
    return { key: kmsArn(region, account, `key/${keyId}`), grantId };
  }
  if (KeyId === undefined || GrantId === undefined)
    throw new AwsError(
      "ValidationException",
      "Specify a grant token, or both a key ID and a grant ID.",
    );
  return { key: KeyId, grantId: GrantId };
}

/**
 * Who may retire a grant (facts 11.5): its retiring principal, a grantee to whom it grants RetireGrant, and in the account
 * that issued it the root user and whom IAM policies allow: for this operation the grant belongs to its issuer, not to the
 * owner of the key. The key policy can only deny.
 */
export function retirementRules(key: KmsKey, request: RetireRequest): KeyProtection {
  const { grantId } = namedGrant(request);
  const grant = key.grants.find((each) => each.grantId === grantId);
  if (grant === undefined) return { policies: { ...policiesOf(key), grants: [] } };
  return {
    policies: { ...policiesOf(key), grants: [grantTerms(grant)] },
    owner: grant.issuingAccount,
    conditions: constraintConditions(grant.constraints),
  };
}

/** The change that takes a grant off a key. Throws NotFoundException, InvalidGrantIdException. */
export function withoutGrant(key: KmsKey, grantId: string): Change {
  if (!/^[0-9a-f]{64}$/.test(grantId))
    throw new AwsError("InvalidGrantIdException", `Invalid grant ID ${grantId}`);
  const grants = key.grants.filter((each) => each.grantId !== grantId);
  if (grants.length === key.grants.length)
    throw new AwsError("NotFoundException", `Grant ID ${grantId} not found`);
  return replaceKey(key, { ...key, grants });
}
