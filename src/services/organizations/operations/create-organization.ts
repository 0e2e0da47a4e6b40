import { auditAnswer } from "../../../audit/record-members.ts";
import type { Ids } from "../../../crypto/random.ts";
import { oneOf, required, structure } from "../../../shape/shape.ts";
import { organizationAnswer } from "../model/answers.ts";
import { enabled } from "../model/attachments.ts";
import * as member from "../model/members.ts";
import type { Organization, OrganizationAccount } from "../model/organization.ts";
import { alreadyInOrganization, unsupportedFeatureSet } from "../model/refusals.ts";
import { defineOperation, ownOrganization } from "../operation.ts";
import { insertOrganization } from "../tables/organizations.ts";

/** Creates an organization, which the caller's account manages, with service control policies enabled. */
export const createOrganization = defineOperation({
  name: "CreateOrganization",
  readOnly: false,
  input: structure({ FeatureSet: oneOf("ALL", "CONSOLIDATED_BILLING") }),
  output: structure({ Organization: required(member.organization) }),
  identity: [{ action: "organizations:CreateOrganization", resource: () => "*" }],
  keys: {},
  changes: ownOrganization,
  audit: {
    request: ["FeatureSet"],
    response: ({ output }) => ({
      organization: auditAnswer(member.organization, output.Organization),
    }),
  },

  async handle({ input, context: { account, time }, tools: { organizations, accounts, ids } }) {
    const { found, versions } = await organizations.find(account);
    if (found !== undefined) throw alreadyInOrganization();
    if (input.FeatureSet === "CONSOLIDATED_BILLING") throw unsupportedFeatureSet();
    const name = (await accounts.nameOf(account)) ?? account;
    const organization = newOrganization({ id: account, name, joinedAt: time }, ids);
    const domain = await organizations.domain(account);
    return {
      output: { Organization: organizationAnswer(organization) },
      change: insertOrganization(organization, ids.version(), domain),
      relied: versions,
    };
  },
});

function newOrganization(first: OrganizationAccount, ids: Ids): Organization {
  return enabled({
    managementAccount: first.id,
    id: `o-${ids.unique("", 10).toLowerCase()}`,
    rootId: `r-${ids.unique("", 4).toLowerCase()}`,
    createdAt: first.joinedAt,
    enabled: true,
    accounts: [first],
    requests: [],
    policies: [],
    attachments: {},
    tags: {},
    version: ids.version(),
  });
}
