import type { CallContext } from "../../api/context.ts";
import type { ConditionValues } from "../../api/operation.ts";
import type { GrantScope } from "../../authorization/request.ts";
import { AwsError } from "../../base/errors.ts";
import type { JsonValue } from "../../base/json.ts";
import { canonicalJson } from "../../base/json.ts";
import type { KeySpecRow, KeyUsage } from "../../crypto/key-spec.ts";
import { keySpecs } from "../../crypto/key-spec.ts";
import { contextConditions } from "./conditions.ts";
import type { Grant, GrantConstraints, GrantParty, KmsKey } from "./model/key.ts";
import { grantTerms } from "./protection.ts";
import type { ResourceQuotas } from "./quotas-resources.ts";
import { isSymmetric } from "./usage.ts";

/** CreateGrant's members that say what is granted. */
export interface GrantRequest {
  readonly GranteePrincipal?: string | undefined;
  readonly GranteeServicePrincipal?: string | undefined;
  readonly RetiringPrincipal?: string | undefined;
  readonly RetiringServicePrincipal?: string | undefined;
  readonly Operations: readonly string[];
  readonly Constraints?: GrantConstraints | undefined;
  readonly Name?: string | undefined;
}

const mostPairs = 8;
const longestText = 384;

/** Operations that a grant can allow, by the usage of its key (facts 11.2). */
const grantableByUsage: Readonly<Record<KeyUsage, readonly string[]>> = {
  ENCRYPT_DECRYPT: ["Decrypt", "Encrypt", "ReEncryptFrom", "ReEncryptTo"],
  SIGN_VERIFY: ["Sign", "Verify"],
  GENERATE_VERIFY_MAC: ["GenerateMac", "VerifyMac"],
  KEY_AGREEMENT: ["DeriveSharedSecret"],
  ENCAPSULATE_DECAPSULATE: ["Encapsulate", "Decapsulate"],
};

/** Operations that a grant can allow besides, by the type of its key. */
const grantableByType: Readonly<Record<KeySpecRow["keyType"], readonly string[]>> = {
  symmetric: [
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
  ],
  asymmetric: ["GetPublicKey"],
  hmac: [],
};

const grantableOnAll: readonly string[] = ["CreateGrant", "RetireGrant", "DescribeKey"];

/** Refuses grants that AWS refuses, but for principals that do not exist. */
export function refuseGrant(request: GrantRequest, key: KmsKey): void {
  refuseParties(request);
  refuseOperations(request.Operations, key);
  refuseConstraints(constraintsOf(request), key);
}

/** Refuses another grant on a key that has as many as it may have. */
export function requireRoom({ grants, arn }: KmsKey, { grantsOfKey: most }: ResourceQuotas): void {
  if (grants.length >= most)
    throw new AwsError("LimitExceededException", `The key ${arn} already has ${most} grants.`);
}

function refuseParties(request: GrantRequest): void {
  const { GranteePrincipal, GranteeServicePrincipal, RetiringPrincipal, RetiringServicePrincipal } =
    request;
  if ((GranteePrincipal === undefined) === (GranteeServicePrincipal === undefined))
    throw invalid("Specify either GranteePrincipal or GranteeServicePrincipal.");
  if (RetiringPrincipal !== undefined && RetiringServicePrincipal !== undefined)
    throw invalid("Specify either RetiringPrincipal or RetiringServicePrincipal, not both.");
  for (const service of [GranteeServicePrincipal, RetiringServicePrincipal])
    if (service !== undefined && !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(service))
      throw invalid(`${service} is not the name of a service principal.`);
  if (GranteeServicePrincipal === undefined) return;
  if (request.Constraints?.SourceArn === undefined)
    throw invalid("GranteeServicePrincipal requires a SourceArn constraint.");
  if (RetiringPrincipal === undefined && RetiringServicePrincipal === undefined)
    throw invalid("GranteeServicePrincipal requires a retiring principal.");
}

function refuseOperations(operations: readonly string[], { spec, usage }: KmsKey): void {
  if (operations.length === 0) throw invalid("A grant must list at least one operation.");
  const { keyType } = keySpecs[spec];
  const grantable = [grantableByUsage[usage], grantableByType[keyType], grantableOnAll].flat();
  const odd = operations.find((each) => !grantable.includes(each));
  if (odd !== undefined)
    throw invalid(
      `Operation ${odd} is not supported by a grant on a key with key spec ${spec} and key usage ${usage}.`,
    );
}

/** Only symmetric encryption keys have encryption contexts to constrain. */
function refuseConstraints(constraints: GrantConstraints, key: KmsKey): void {
  const { EncryptionContextEquals, EncryptionContextSubset } = constraints;
  const constrained =
    EncryptionContextEquals !== undefined || EncryptionContextSubset !== undefined;
  if (constrained && !isSymmetric(key))
    throw invalid(
      "Encryption context grant constraints are supported on symmetric encryption keys only.",
    );
  for (const pairs of [EncryptionContextEquals ?? {}, EncryptionContextSubset ?? {}].map(
    Object.entries<string>,
  ))
    if (pairs.length > mostPairs || pairs.flat().some((text) => text.length > longestText))
      throw invalid(
        `A grant constraint holds at most ${mostPairs} pairs with names and values of at most ${longestText} characters.`,
      );
}

/** What a requested grant would allow: through another grant, no caller may create one that allows more. */
export function grantScope(request: GrantRequest): GrantScope {
  const nobody = { grantId: "", createdAt: new Date(0), issuingAccount: "" };
  const { operations, constraints = {} } = grantTerms({ ...nobody, ...grantBody(request) });
  return { operations, constraints };
}

/** A new grant as requested. */
export function grantFrom(
  request: GrantRequest,
  grantId: string,
  { time, account }: CallContext,
): Grant {
  return { grantId, createdAt: time, issuingAccount: account, ...grantBody(request) };
}

/** Whether a named request asks for a grant that is there already: then it is answered with that one (facts 11.4). */
export function sameGrant(grant: Grant, request: GrantRequest, issuer: string): boolean {
  if (request.Name === undefined || request.Name !== grant.name) return false;
  const { grantId: _id, createdAt: _at, issuingAccount, ...body } = grant;
  if (issuingAccount !== issuer) return false;
  return comparable(body) === comparable(grantBody(request));
}

/** Values of CreateGrant's condition keys. */
export function grantConditions(request: GrantRequest): ConditionValues {
  const constraints = constraintsOf(request);
  return {
    "kms:GranteePrincipal": request.GranteePrincipal,
    "kms:GranteeServicePrincipal": request.GranteeServicePrincipal,
    "kms:RetiringPrincipal": request.RetiringPrincipal,
    "kms:RetiringServicePrincipal": request.RetiringServicePrincipal,
    "kms:GrantOperations": request.Operations,
    "kms:GrantConstraintSourceArn": constraints.SourceArn,
    ...constraintConditions(constraints),
  };
}

/** Values of the condition keys that speak of a grant's constraints, in CreateGrant and RetireGrant. */
export function constraintConditions(constraints: GrantConstraints = {}): ConditionValues {
  const kinds = Object.entries(constraints).filter(([, value]) => value !== undefined);
  return {
    "kms:GrantConstraintType": kinds.map(([kind]) => kind),
    ...contextConditions(
      constraints.EncryptionContextEquals ?? constraints.EncryptionContextSubset,
    ),
  };
}

function grantBody(request: GrantRequest): Omit<Grant, "grantId" | "createdAt" | "issuingAccount"> {
  const retiring = partyOf(request.RetiringPrincipal, request.RetiringServicePrincipal);
  const constraints = constraintsOf(request);
  return {
    name: request.Name ?? "",
    grantee: partyOf(request.GranteePrincipal, request.GranteeServicePrincipal) ?? {
      principal: "",
    },
    ...(retiring === undefined ? {} : { retiring }),
    operations: [...new Set(request.Operations)],
    ...(Object.keys(constraints).length === 0 ? {} : { constraints }),
  };
}

/** The constraints that constrain: every context has the pairs of an empty subset. (Only the empty one equals an empty one.) */
function constraintsOf({ Constraints = {} }: GrantRequest): GrantConstraints {
  const { EncryptionContextSubset: subset, ...others } = Constraints;
  if (subset === undefined || Object.keys(subset).length === 0) return others;
  return Constraints;
}

function partyOf(
  principal: string | undefined,
  service: string | undefined,
): GrantParty | undefined {
  if (principal !== undefined) return { principal };
  return service === undefined ? undefined : { service };
}

/** Operations are a set: clients that keep them as one name them in any order. */
function comparable(body: Pick<Grant, "operations">): string {
  const sorted = { ...body, operations: body.operations.toSorted() };
  return canonicalJson(JSON.parse(JSON.stringify(sorted)) as JsonValue);
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
