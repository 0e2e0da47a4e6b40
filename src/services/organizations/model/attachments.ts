import { AwsError } from "../../../base/errors.ts";
import type { Organization } from "./organization.ts";
import { fullAwsAccess } from "./organization.ts";
import { constraintViolated, policyTypeNotEnabled } from "./refusals.ts";

/** AWS's quota of policies that are attached to one target. */
const most = 5;

/** What policies can be attached to. */
function targetsOf({ rootId, accounts }: Organization): readonly string[] {
  return [rootId, ...accounts.map(({ id }) => id)];
}

/** Those to which a policy is attached. */
export function targetsWith({ attachments }: Organization, policy: string): readonly string[] {
  return Object.keys(attachments).filter((target) => attachments[target]?.includes(policy));
}

/** The organization with policies enabled: AWS's policy for everything is attached to everything. */
export function enabled(organization: Organization): Organization {
  const attachments = targetsOf(organization).map((id) => [id, [fullAwsAccess.id]] as const);
  return { ...organization, enabled: true, attachments: Object.fromEntries(attachments) };
}

/** The organization with policies disabled, which detaches them all. */
export function disabled(organization: Organization): Organization {
  return { ...organization, enabled: false, attachments: {} };
}

/** The organization with a policy attached to a target. Throws as AWS does. */
export function attached(organization: Organization, policy: string, target: string): Organization {
  const policies = policiesOf(organization, target);
  if (policies.includes(policy))
    throw new AwsError(
      "DuplicatePolicyAttachmentException",
      "The selected policy is already attached to the specified target.",
    );
  if (policies.length >= most)
    throw constraintViolated(
      "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
      "You have attached the maximum number of policies to the specified target.",
    );
  return withPolicies(organization, target, [...policies, policy]);
}

/** The organization with a policy detached from a target, which keeps at least one. Throws as AWS does. */
export function detached(organization: Organization, policy: string, target: string): Organization {
  const policies = policiesOf(organization, target);
  if (!policies.includes(policy))
    throw new AwsError(
      "PolicyNotAttachedException",
      "The policy isn't attached to the specified target in the specified root.",
    );
  if (policies.length === 1)
    throw constraintViolated(
      "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
      "You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.",
    );
  return withPolicies(
    organization,
    target,
    policies.filter((each) => each !== policy),
  );
}

function policiesOf(organization: Organization, target: string): readonly string[] {
  if (!organization.enabled) throw policyTypeNotEnabled();
  return organization.attachments[target] ?? [];
}

function withPolicies(
  organization: Organization,
  target: string,
  policies: readonly string[],
): Organization {
  return { ...organization, attachments: { ...organization.attachments, [target]: policies } };
}
