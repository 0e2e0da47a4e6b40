import { IntegrityError } from "../../../base/errors.ts";
import type { Change, VersionRef } from "../../../database/commit.ts";
import type { Reader, Row } from "../../../database/database.ts";
import type { Domains } from "../../../database/domains.ts";
import {
  columnsOf,
  deleteRow,
  insertRow,
  openRow,
  updateRow,
} from "../../../database/sealed-row.ts";
import { sql } from "../../../database/sql.ts";
import type { Domain } from "../../../keystore/domain.ts";
import { globalRegion } from "../../../keystore/domain.ts";
import type { Organization } from "../model/organization.ts";
import { organizationFromRow, organizationRow } from "./rows.ts";
import { membershipsTable, organizationsTable } from "./schema.ts";

/** What is known of an account's organization, and the versions on which that rests. */
export interface Belonging {
  /** Undefined for an account that belongs to none. */
  readonly found?: { readonly organization: Organization; readonly domain: Domain };
  readonly versions: readonly VersionRef[];
}

/** The name of an organization's aggregate. */
export function organizationAggregate(managementAccount: string): string {
  return `organization/${managementAccount}`;
}

function membershipAggregate(account: string): string {
  return `membership/${account}`;
}

export function organizationVersion({ managementAccount, version }: Organization): VersionRef {
  return { aggregate: organizationAggregate(managementAccount), version };
}

/** Reads organizations, every row verified under the key of the account that created it. */
export class OrganizationTables {
  readonly #reader: Reader;
  readonly #domains: Domains;

  constructor(reader: Reader, domains: Domains) {
    this.#reader = reader;
    this.#domains = domains;
  }

  /** The organization of an account. Throws IntegrityError where membership and organization do not agree. */
  async find(account: string): Promise<Belonging> {
    const [[member] = [], [row] = []] = await this.#reader.read(
      sql`SELECT ${columnsOf(membershipsTable)} FROM organization_memberships WHERE account_id = ${account}`,
      sql`SELECT ${columnsOf(organizationsTable)} FROM organizations WHERE management_account =
        (SELECT management_account FROM organization_memberships WHERE account_id = ${account})`,
    );
    const aggregate = membershipAggregate(account);
    if (member === undefined) return { versions: [{ aggregate, version: 0 }] };
    const { organization, domain, version } = await this.#open(member, row);
    if (!organization.accounts.some(({ id }) => id === account))
      throw new IntegrityError(`account ${account} is not in the organization that it belongs to`);
    return {
      found: { organization, domain },
      versions: [{ aggregate, version }, organizationVersion(organization)],
    };
  }

  /** The keys of an account that has, or gets, an organization. Throws IntegrityError: every account has them. */
  async domain(account: string): Promise<Domain> {
    const domain = await this.#domains.find(account, globalRegion);
    if (domain === undefined)
      throw new IntegrityError(`the domain key of account ${account} is missing`);
    return domain;
  }

  async #open(member: Row, row: Row | undefined) {
    const managementAccount = String(member["management_account"]);
    const domain = await this.domain(managementAccount);
    const { version } = openRow(membershipsTable, member, domain.rowKey);
    if (row === undefined)
      throw new IntegrityError(`the organization of account ${managementAccount} is missing`);
    const organization = organizationFromRow(openRow(organizationsTable, row, domain.rowKey));
    return { organization, domain, version: Number(version) };
  }
}

/** The change that creates an organization with its only account, which belongs to it from now on. */
export function insertOrganization(
  organization: Organization,
  membershipVersion: number,
  domain: Domain,
): Change {
  const { managementAccount } = organization;
  const member = insertMembership(managementAccount, organization, membershipVersion, domain);
  return {
    writes: [
      insertRow(organizationsTable, organizationRow(organization), domain.rowKey),
      ...member.writes,
    ],
    versions: [organizationVersion(organization), ...member.versions],
  };
}

/** The change that replaces an organization by its next state; the version counts up by itself. */
export function replaceOrganization(
  before: Organization,
  next: Organization,
  { rowKey }: Domain,
): Change {
  const after = { ...next, version: before.version + 1 };
  return {
    writes: [updateRow(organizationsTable, organizationRow(after), rowKey)],
    versions: [organizationVersion(after)],
  };
}

/** The change that makes an account belong to an organization; that itself must list it. */
export function insertMembership(
  account: string,
  { managementAccount }: Organization,
  version: number,
  { rowKey }: Domain,
): Change {
  const row = { account_id: account, management_account: managementAccount, version };
  return {
    writes: [insertRow(membershipsTable, row, rowKey)],
    versions: [{ aggregate: membershipAggregate(account), version }],
  };
}

/** The change that removes an organization of which only its first account is left. */
export function deleteOrganization(organization: Organization): Change {
  const { managementAccount } = organization;
  const row = { account_id: managementAccount, management_account: managementAccount, version: 0 };
  return {
    writes: [
      deleteRow(organizationsTable, organizationRow(organization)),
      deleteRow(membershipsTable, row),
    ],
    versions: [
      { aggregate: organizationAggregate(managementAccount), version: 0 },
      { aggregate: membershipAggregate(managementAccount), version: 0 },
    ],
  };
}
