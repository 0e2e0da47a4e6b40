/** An organization: its accounts, and the service control policies that bound them. One aggregate, replaced whole. */
export interface Organization {
  /** The account that created it: no service control policy limits its principals. */
  readonly managementAccount: string;
  /** As `o-…`. */
  readonly id: string;
  /** As `r-…`. */
  readonly rootId: string;
  readonly createdAt: Date;
  /** Whether service control policies limit anybody. */
  readonly enabled: boolean;
  readonly accounts: readonly OrganizationAccount[];
  /** Oldest first. */
  readonly requests: readonly AccountRequest[];
  /** The organization's own; AWS's are in every one. */
  readonly policies: readonly ServiceControlPolicy[];
  /** Ids of policies by the id of the root or account that they are attached to. Empty while policies are not enabled. */
  readonly attachments: Readonly<Record<string, readonly string[]>>;
  /** By the id of the root, account or policy that has them. */
  readonly tags: Readonly<Record<string, Tags>>;
  /** Begins at a random number, so that nothing decided for a deleted organization holds for the next one of its account. */
  readonly version: number;
}

export type Tags = Readonly<Record<string, string>>;

export interface OrganizationAccount {
  readonly id: string;
  readonly name: string;
  /** The account that created the organization has none here. */
  readonly email?: string;
  readonly joinedAt: Date;
}

/** A call of CreateAccount and what came of it. */
export interface AccountRequest {
  /** As `car-…`. */
  readonly id: string;
  readonly name: string;
  readonly requestedAt: Date;
  readonly outcome: { readonly account: string } | { readonly failure: "EMAIL_ALREADY_EXISTS" };
}

export interface ServiceControlPolicy {
  /** As `p-…`. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly content: string;
}

/** The policy of AWS's that is attached to everything until something else is. */
export const fullAwsAccess: ServiceControlPolicy = {
  id: "p-FullAWSAccess",
  name: "FullAWSAccess",
  description: "Allows access to every operation",
  content: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
  }),
};

/** The kinds of what has an id in an organization. */
export type ResourceKind = "root" | "account" | "policy";

/** The kind of resource that an id can be of; organizational units are of none. */
export function kindOf(id: string): ResourceKind | undefined {
  if (id.startsWith("p-")) return "policy";
  if (id.startsWith("r-")) return "root";
  return /^\d{12}$/.test(id) ? "account" : undefined;
}

/** Whether an organization has a resource of an id. */
export function hasResource(organization: Organization, id: string): boolean {
  switch (kindOf(id)) {
    case "root":
      return id === organization.rootId;
    case "account":
      return organization.accounts.some((each) => each.id === id);
    case "policy":
      return findPolicy(organization, id) !== undefined;
    case undefined:
      return false;
  }
}

/** A policy of an organization or of AWS. */
export function findPolicy(
  { policies }: Organization,
  id: string,
): ServiceControlPolicy | undefined {
  return id === fullAwsAccess.id ? fullAwsAccess : policies.find((policy) => policy.id === id);
}

type Named = Pick<Organization, "id" | "managementAccount">;

/** The ARN of an organization itself. */
export function organizationArn({ id, managementAccount }: Named): string {
  return `arn:aws:organizations::${managementAccount}:organization/${id}`;
}

/** The ARN of what has, or would have, an id in an organization. */
export function resourceArn({ id: organization, managementAccount }: Named, id: string): string {
  const kind = kindOf(id) ?? "ou";
  if (kind !== "policy")
    return `arn:aws:organizations::${managementAccount}:${kind}/${organization}/${id}`;
  const place =
    id === fullAwsAccess.id ? "aws:policy" : `${managementAccount}:policy/${organization}`;
  return `arn:aws:organizations::${place}/service_control_policy/${id}`;
}
