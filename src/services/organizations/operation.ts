import type { Accounts } from "../../api/accounts.ts";
import type { CallContext } from "../../api/context.ts";
import type { Operation, Thing, ThingDemand } from "../../api/operation.ts";
import type { Ids } from "../../crypto/random.ts";
import type { Change, VersionRef } from "../../database/commit.ts";
import type { Domain } from "../../keystore/domain.ts";
import type { Organization } from "./model/organization.ts";
import type { ResourceRole } from "./model/refusals.ts";
import { notInUse, onlyManagement } from "./model/refusals.ts";
import type { OrganizationTables } from "./tables/organizations.ts";
import { organizationAggregate, replaceOrganization } from "./tables/organizations.ts";

/** An organization as a handler reads it, and the versions on which that rests. */
export interface FoundOrganization {
  readonly organization: Organization;
  /** Keys of the account that created it. */
  readonly domain: Domain;
  readonly versions: readonly VersionRef[];
}

/** A root, account or policy that a request names in the caller's organization, whether it exists or not. */
export interface ResourceThing extends Thing, Pick<FoundOrganization, "organization" | "domain"> {
  readonly id: string;
}

/** What an operation demands of one resource before its handler runs. */
export interface ResourceDemand<Input> extends ThingDemand<Input> {
  readonly action: `organizations:${string}`;
  /** What the request calls the resource, which says how it is refused when there is none. */
  readonly role: ResourceRole;
}

/** What handlers of this service work with. */
export interface OrganizationsTools {
  readonly organizations: OrganizationTables;
  readonly accounts: Accounts;
  readonly ids: Ids;
}

/** Declares an operation of Organizations; the types of input, output and resources follow from its data. */
export function defineOperation<Input, Output, Secret, Names extends string = never>(
  operation: Operation<
    Input,
    Output,
    Secret,
    Names,
    ResourceDemand<Input>,
    ResourceThing,
    OrganizationsTools
  >,
): Operation<
  Input,
  Output,
  Secret,
  Names,
  ResourceDemand<Input>,
  ResourceThing,
  OrganizationsTools
> {
  return Object.freeze(operation);
}

/** The caller's organization. Throws AWSOrganizationsNotInUseException. */
export async function readOrganization(
  { account }: CallContext,
  { organizations }: OrganizationsTools,
): Promise<FoundOrganization> {
  const { found, versions } = await organizations.find(account);
  if (found === undefined) throw notInUse();
  return { ...found, versions };
}

/** The organization that the caller's account created. Throws AccessDeniedException for one that it only belongs to. */
export async function managedOrganization(
  context: CallContext,
  tools: OrganizationsTools,
): Promise<FoundOrganization> {
  const found = await readOrganization(context, tools);
  requireManagement(found.organization, context);
  return found;
}

/** Refuses callers of other accounts than the one that created the organization. */
export function requireManagement(
  { managementAccount }: Organization,
  { account }: CallContext,
): void {
  if (account !== managementAccount) throw onlyManagement();
}

/** The change to the next state of an organization that a request names something of. */
export function changeTo(
  next: Organization,
  { organization, domain }: Pick<FoundOrganization, "organization" | "domain">,
): Change {
  return replaceOrganization(organization, next, domain);
}

/** What operations change that name nothing in the organization: the caller's own. */
export function ownOrganization({ account }: CallContext): readonly string[] {
  return [organizationAggregate(account)];
}
