import { list, oneOf, structure } from "../../../shape/shape.ts";
import {
  detailOfGroup,
  detailOfPolicy,
  detailOfRole,
  detailOfUser,
  groupDetail,
  policyDetail,
  roleDetail,
  userDetail,
} from "../authorization-details.ts";
import { awsManagedPolicies, awsManagedPolicy } from "../model/aws-managed-policies.ts";
import type { ManagedPolicy } from "../model/identity.ts";
import { entityArn } from "../model/identity.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import type { IamTools } from "../operation.ts";
import { defineOperation } from "../operation.ts";
import type { HolderEntry } from "../policy-uses.ts";
import { countUses, listHolders } from "../policy-uses.ts";

const types = ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"] as const;

type Entry = HolderEntry | { readonly kind: "policy"; readonly entity: ManagedPolicy };

/** Lists users, groups, roles and policies with all that says who may what, page by page. */
export const getAccountAuthorizationDetails = defineOperation({
  name: "GetAccountAuthorizationDetails",
  readOnly: true,
  input: structure({
    Filter: list(oneOf(...types)),
    MaxItems: member.maxItems,
    Marker: member.marker,
  }),
  output: structure({
    UserDetailList: list(userDetail),
    GroupDetailList: list(groupDetail),
    RoleDetailList: list(roleDetail),
    Policies: list(policyDetail),
    ...member.page,
  }),
  identity: [{ action: "iam:GetAccountAuthorizationDetails", resource: () => "*" }],
  keys: {},
  audit: { request: ["Filter", "MaxItems", "Marker"] },

  async handle({ input, context: { account }, tools }) {
    const { Filter = [] } = input;
    const wanted: ReadonlySet<string> = new Set(Filter.length === 0 ? types : Filter);
    const holders = await listHolders(account, tools);
    const { entries, page } = pageOf(
      [...holders, ...(await listPolicies(account, tools))].filter((each) =>
        wanted.has(typeOf(each)),
      ),
      input,
      `GetAccountAuthorizationDetails ${[...wanted].toSorted().join(" ")}`,
      (each) => `${types.indexOf(typeOf(each))} ${each.entity.name}`,
    );
    const uses = countUses(holders);
    const roles = entries.flatMap((each) => (each.kind === "role" ? [each.entity] : []));
    const output = {
      UserDetailList: entries.flatMap((each) =>
        each.kind === "user" ? [detailOfUser(each.entity)] : [],
      ),
      GroupDetailList: entries.flatMap((each) =>
        each.kind === "group" ? [detailOfGroup(each.entity)] : [],
      ),
      RoleDetailList: await Promise.all(roles.map((role) => detailOfRole(role, tools))),
      Policies: entries.flatMap((each) =>
        each.kind === "policy"
          ? [detailOfPolicy(each.entity, uses(entityArn("policy", each.entity)))]
          : [],
      ),
    };
    return { output: { ...output, ...page } };
  },
});

async function listPolicies(account: string, { identities }: IamTools): Promise<readonly Entry[]> {
  const aws = [...awsManagedPolicies.keys()].flatMap((arn) => awsManagedPolicy(arn) ?? []);
  const all = [...aws, ...(await identities.list("policy", account))];
  return all.map((entity) => ({ kind: "policy", entity }));
}

function typeOf({ kind, entity }: Entry): (typeof types)[number] {
  if (kind === "policy")
    return entity.account === "aws" ? "AWSManagedPolicy" : "LocalManagedPolicy";
  return ({ user: "User", group: "Group", role: "Role" } as const)[kind];
}
