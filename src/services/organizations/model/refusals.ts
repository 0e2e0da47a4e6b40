import type { ErrorCode } from "../../../base/errors.ts";
import { AwsError } from "../../../base/errors.ts";
import type { Organization } from "./organization.ts";
import { hasResource } from "./organization.ts";

/** The refusals of Organizations, in AWS's words. */

export function notInUse(): AwsError {
  return new AwsError(
    "AWSOrganizationsNotInUseException",
    "Your account is not a member of an organization.",
  );
}

export function alreadyInOrganization(): AwsError {
  return new AwsError(
    "AlreadyInOrganizationException",
    "The provided account is already a member of an organization.",
  );
}

export function unsupportedFeatureSet(): AwsError {
  return invalidInput("INVALID_ENUM", "Organizations have all features here: FeatureSet is ALL.");
}

/** The refusal of what only the account that created the organization may do. */
export function onlyManagement(): AwsError {
  return new AwsError(
    "AccessDeniedException",
    "You don't have permissions to access this resource.",
  );
}

/** What requests call the resources that they name, and how what is missing is refused. */
const roles = {
  root: {
    code: "RootNotFoundException",
    text: "You specified a root that doesn't exist.",
  },
  account: {
    code: "AccountNotFoundException",
    text: "You specified an account that doesn't exist.",
  },
  policy: {
    code: "PolicyNotFoundException",
    text: "You specified a policy that doesn't exist.",
  },
  target: {
    code: "TargetNotFoundException",
    text: "You specified a target that doesn't exist.",
  },
  tagged: {
    code: "TargetNotFoundException",
    text: "You specified a target that doesn't exist.",
  },
  parent: {
    code: "ParentNotFoundException",
    text: "You specified a parent that doesn't exist.",
  },
  child: {
    code: "ChildNotFoundException",
    text: "You specified a child that doesn't exist.",
  },
} as const satisfies Readonly<Record<string, { readonly code: ErrorCode; readonly text: string }>>;

export type ResourceRole = keyof typeof roles;

/** Refuses an id that an organization does not have; that it is of a kind for its role, its shape has settled. */
export function requireResource(organization: Organization, id: string, role: ResourceRole): void {
  const { code, text } = roles[role];
  if (!hasResource(organization, id)) throw new AwsError(code, text);
}

export function invalidInput(reason: string, message: string): AwsError {
  return new AwsError("InvalidInputException", message, { reason });
}

export function constraintViolated(reason: string, message: string): AwsError {
  return new AwsError("ConstraintViolationException", message, { reason });
}

export function immutablePolicy(): AwsError {
  return invalidInput(
    "IMMUTABLE_POLICY",
    "You specified a policy that is managed by AWS and can't be modified.",
  );
}

export function policyTypeNotEnabled(): AwsError {
  return new AwsError(
    "PolicyTypeNotEnabledException",
    "This operation can be performed only for enabled policy types.",
  );
}

/** The refusal of a kind of policies that exists, but not here. */
export function policyTypeNotAvailable(): AwsError {
  return new AwsError(
    "PolicyTypeNotAvailableForOrganizationException",
    "You can't use the specified policy type with the feature set currently enabled for this organization.",
  );
}
