import type { OpenedRow, SealedRow, SealedTable } from "../../../database/sealed-row.ts";
import type {
  AccountRequest,
  Organization,
  OrganizationAccount,
  ServiceControlPolicy,
} from "../model/organization.ts";
import type { organizationsTable } from "./schema.ts";

/** Between rows and the model: nothing is decided here. Moments are epoch milliseconds. */
type Columns = typeof organizationsTable extends SealedTable<infer C> ? C : never;

type Stored<T, Moment extends keyof T> = Omit<T, Moment> & { readonly [M in Moment]: number };

export function organizationRow(organization: Organization): SealedRow<Columns> {
  return {
    management_account: organization.managementAccount,
    organization_id: organization.id,
    root_id: organization.rootId,
    created_at: organization.createdAt.getTime(),
    enabled: Number(organization.enabled),
    accounts: JSON.stringify(
      organization.accounts.map((each) => ({ ...each, joinedAt: each.joinedAt.getTime() })),
    ),
    requests: JSON.stringify(
      organization.requests.map((each) => ({ ...each, requestedAt: each.requestedAt.getTime() })),
    ),
    policies: JSON.stringify(organization.policies),
    attachments: JSON.stringify(organization.attachments),
    tags: JSON.stringify(organization.tags),
    version: organization.version,
  };
}

/** INVARIANT: the row was verified, so its JSON is what `organizationRow` wrote. */
export function organizationFromRow(row: OpenedRow<Columns>): Organization {
  const accounts = JSON.parse(String(row.accounts)) as readonly Stored<
    OrganizationAccount,
    "joinedAt"
  >[];
  const requests = JSON.parse(String(row.requests)) as readonly Stored<
    AccountRequest,
    "requestedAt"
  >[];
  return {
    managementAccount: String(row.management_account),
    id: String(row.organization_id),
    rootId: String(row.root_id),
    createdAt: new Date(Number(row.created_at)),
    enabled: Number(row.enabled) === 1,
    accounts: accounts.map((each) => ({ ...each, joinedAt: new Date(each.joinedAt) })),
    requests: requests.map((each) => ({ ...each, requestedAt: new Date(each.requestedAt) })),
    policies: JSON.parse(String(row.policies)) as readonly ServiceControlPolicy[],
    attachments: JSON.parse(String(row.attachments)) as Organization["attachments"],
    tags: JSON.parse(String(row.tags)) as Organization["tags"],
    version: Number(row.version),
  };
}
