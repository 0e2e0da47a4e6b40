import { boolean, list, oneOf, structure } from "../../../shape/shape.ts";
import { policyShape, policySummary } from "../managed-policies.ts";
import { awsManagedPolicies, awsManagedPolicy } from "../model/aws-managed-policies.ts";
import type { ManagedPolicy } from "../model/identity.ts";
import { entityArn } from "../model/identity.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import type { IamTools } from "../operation.ts";
import { defineOperation } from "../operation.ts";
import type { PolicyUses } from "../policy-uses.ts";
import { countUses, listHolders } from "../policy-uses.ts";

/** Lists managed policies, AWS's own and the account's, in the order of their names. */
export const listPolicies = defineOperation({
  name: "ListPolicies",
  readOnly: true,
  input: structure({
    Scope: oneOf("All", "AWS", "Local"),
    OnlyAttached: boolean,
    PathPrefix: member.policyPath,
    PolicyUsageFilter: member.policyUsage,
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ Policies: list(policyShape), ...member.page }),
  identity: [
    {
      action: "iam:ListPolicies",
      resource: ({ PathPrefix = "/" }) => `policy path ${PathPrefix}`,
    },
  ],
  keys: {},
  audit: {
    request: ["Scope", "OnlyAttached", "PathPrefix", "PolicyUsageFilter", "Marker", "MaxItems"],
  },

  async handle({ input, context: { account }, tools }) {
    const { Scope = "All", PathPrefix = "/", OnlyAttached = false, PolicyUsageFilter } = input;
    const uses = countUses(await listHolders(account, tools));
    const all = (await policiesOf(Scope, account, tools))
      .filter(({ path }) => path.startsWith(PathPrefix))
      .map((policy) => ({ policy, uses: uses(entityArn("policy", policy)) }))
      .filter((each) => isWanted(each.uses, OnlyAttached, PolicyUsageFilter));
    const { entries, page } = pageOf(
      all,
      input,
      ["ListPolicies", Scope, PathPrefix, OnlyAttached, PolicyUsageFilter].join(" "),
      ({ policy }) => `${policy.name} ${policy.account}`,
    );
    return {
      output: { Policies: entries.map((each) => policySummary(each.policy, each.uses)), ...page },
    };
  },
});

async function policiesOf(
  scope: "All" | "AWS" | "Local",
  account: string,
  { identities }: IamTools,
): Promise<readonly ManagedPolicy[]> {
  const aws =
    scope === "Local"
      ? []
      : [...awsManagedPolicies.keys()].flatMap((arn) => awsManagedPolicy(arn) ?? []);
  return scope === "AWS" ? aws : [...aws, ...(await identities.list("policy", account))];
}

function isWanted(
  { attached, bounding }: PolicyUses,
  onlyAttached: boolean,
  usage: "PermissionsPolicy" | "PermissionsBoundary" | undefined,
): boolean {
  if (usage === "PermissionsBoundary") return bounding > 0;
  return attached > 0 || (!onlyAttached && usage === undefined);
}
