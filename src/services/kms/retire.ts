import type { AppliedPolicies } from "../../api/authorize.ts";
import type { CallContext } from "../../api/context.ts";
import { kmsArn } from "../../base/arn.ts";
import { AwsError } from "../../base/errors.ts";
import type { Change } from "../../database/commit.ts";
import { readGrantToken } from "./grant-token.ts";
import { compileKeyPolicy } from "./key-policy.ts";
import type { KmsKey } from "./model/key.ts";
import { grantTerms } from "./protection.ts";
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

/** No statement, so no delegation: only grants can allow. */
const nothing = compileKeyPolicy('{"Version":"2012-10-17","Statement":[]}');

/**
 * Who may retire a grant (facts 11.5): its retiring principal, a grantee to whom it grants RetireGrant, and in the account
 * that issued it the root user and whom IAM policies allow. The key policy has no say.
 */
export function retirementRules(
  key: KmsKey,
  request: RetireRequest,
  { account }: CallContext,
): AppliedPolicies {
  const grant = key.grants.find((each) => each.grantId === namedGrant(request).grantId);
  const issuer = grant?.issuingAccount ?? key.account;
  const grants = grant === undefined ? [] : [grantTerms(grant)];
  return issuer === account
    ? { grants }
    : { grants, resource: { policy: nothing, trust: "key-policy" } };
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
