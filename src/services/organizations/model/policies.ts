import { parsePolicy } from "../../../authorization/policy-document.ts";
import { AwsError } from "../../../base/errors.ts";
import type { Organization, ServiceControlPolicy } from "./organization.ts";
import { findPolicy, fullAwsAccess } from "./organization.ts";
import { constraintViolated, immutablePolicy } from "./refusals.ts";

/** An organization is one aggregate, so it has fewer policies than AWS allows. */
const mostPolicies = 100;
/** AWS's quota of characters. */
const mostCharacters = 5_120;

/** A policy of an organization or of AWS. Throws TypeError: that there is one was checked before. */
export function policyOf(organization: Organization, id: string): ServiceControlPolicy {
  const policy = findPolicy(organization, id);
  if (policy === undefined) throw new TypeError(`there is no policy ${id}`);
  return policy;
}

/** A policy for a change. Throws InvalidInputException for one of AWS's. */
export function ownPolicy(organization: Organization, id: string): ServiceControlPolicy {
  if (id === fullAwsAccess.id) throw immutablePolicy();
  return policyOf(organization, id);
}

/** Refuses what no service control policy can be. Throws MalformedPolicyDocumentException, ConstraintViolationException. */
export function requireContent(content: string): void {
  if (content.length > mostCharacters)
    throw constraintViolated(
      "POLICY_CONTENT_LIMIT_EXCEEDED",
      "You have exceeded the maximum size of a policy document.",
    );
  try {
    parsePolicy(content, "identity");
  } catch (cause) {
    if (!(cause instanceof AwsError)) throw cause;
    throw malformed(cause);
  }
}

/** Organizations does not tell what is wrong with a policy. */
function malformed(cause: AwsError): AwsError {
  return new AwsError(
    "MalformedPolicyDocumentException",
    "The provided policy document does not meet the requirements of the specified policy type.",
    { cause },
  );
}

/** Refuses the name of another policy. Throws DuplicatePolicyException. */
export function requireFreeName({ policies }: Organization, name: string): void {
  if ([fullAwsAccess, ...policies].some((policy) => policy.name === name))
    throw new AwsError("DuplicatePolicyException", "A policy with the same name already exists.");
}

/** The organization with another policy. Throws ConstraintViolationException. */
export function withPolicy(organization: Organization, policy: ServiceControlPolicy): Organization {
  const { policies } = organization;
  if (policies.length >= mostPolicies)
    throw constraintViolated(
      "POLICY_NUMBER_LIMIT_EXCEEDED",
      "You have exceeded the number of policies that you can have in an organization.",
    );
  return { ...organization, policies: [...policies, policy] };
}
