import type { AccountRails, GuardRails, Membership } from "../../api/guard-rails.ts";
import type { CompiledPolicy } from "../../authorization/compile.ts";
import { compilePolicy } from "../../authorization/compile.ts";
import { parsePolicy } from "../../authorization/policy-document.ts";
import { IntegrityError } from "../../base/errors.ts";
import type { Organization } from "./model/organization.ts";
import { fullAwsAccess, resourceArn } from "./model/organization.ts";
import type { OrganizationTables } from "./tables/organizations.ts";

/** What all accounts of an organization share, in one version of it. */
interface Shared {
  readonly version: number;
  readonly organization: Membership;
  readonly policies: ReadonlyMap<string, CompiledPolicy>;
}

const mostKept = 1_000;

/** Tells what organizations say of accounts. Policies are compiled once for each version of an organization. */
export class OrganizationGuardRails implements GuardRails {
  readonly #tables: OrganizationTables;
  readonly #shared = new Map<string, Shared>();

  constructor(tables: OrganizationTables) {
    this.#tables = tables;
  }

  async guardRailsOf(account: string): Promise<AccountRails> {
    const { found, versions } = await this.#tables.find(account);
    if (found === undefined) return { versions };
    const { organization: whole } = found;
    const { organization, policies } = this.#sharedOf(whole);
    const limits = whole.enabled && account !== whole.managementAccount;
    return {
      organization,
      ...(limits ? { serviceControl: levelsOf(whole, account, policies) } : {}),
      versions,
    };
  }

  #sharedOf(organization: Organization): Shared {
    const { managementAccount, version } = organization;
    const known = this.#shared.get(managementAccount);
    if (known?.version === version) return known;
    const shared = shareOf(organization);
    if (this.#shared.size >= mostKept) this.#shared.clear();
    this.#shared.set(managementAccount, shared);
    return shared;
  }
}

function shareOf(organization: Organization): Shared {
  const { id, rootId, accounts, managementAccount, version } = organization;
  const policies = [fullAwsAccess, ...organization.policies].map((policy) => {
    const arn = resourceArn(organization, policy.id);
    const source = { kind: "serviceControl", name: policy.name, arn } as const;
    return [policy.id, compilePolicy(parsePolicy(policy.content, "identity"), source)] as const;
  });
  return {
    version,
    organization: {
      id,
      path: `${id}/${rootId}/`,
      managementAccount,
      accounts: new Set(accounts.map((account) => account.id)),
    },
    policies: new Map(policies),
  };
}

/** A level that is not there must not be one that does not limit. */
function levelsOf(
  { rootId, attachments }: Organization,
  account: string,
  policies: ReadonlyMap<string, CompiledPolicy>,
): readonly (readonly CompiledPolicy[])[] {
  return [rootId, account].map((target) =>
    (attachments[target] ?? []).map((id) => {
      const policy = policies.get(id);
      if (policy === undefined) throw new IntegrityError(`the attached policy ${id} is missing`);
      return policy;
    }),
  );
}
