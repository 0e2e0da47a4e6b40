import { list, oneOf, required, string, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import { defineOperation, found } from "../operation.ts";
import type { HolderEntry } from "../policy-uses.ts";
import { hasAttached, isBounded, listHolders } from "../policy-uses.ts";

/** Lists the users, groups and roles of the account that a managed policy is attached to, or that it bounds. */
export const listEntitiesForPolicy = defineOperation({
  name: "ListEntitiesForPolicy",
  readOnly: true,
  input: structure({
    PolicyArn: required(member.arn),
    EntityFilter: oneOf("User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"),
    PathPrefix: member.path,
    PolicyUsageFilter: member.policyUsage,
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({
    PolicyGroups: list(structure({ GroupName: string(), GroupId: string() })),
    PolicyUsers: list(structure({ UserName: string(), UserId: string() })),
    PolicyRoles: list(structure({ RoleName: string(), RoleId: string() })),
    ...member.page,
  }),
  keys: {
    policy: {
      kind: "policy",
      locate: ({ PolicyArn }) => PolicyArn,
      action: "iam:ListEntitiesForPolicy",
      crossAccount: true,
    },
  },
  audit: {
    request: ["PolicyArn", "EntityFilter", "PathPrefix", "PolicyUsageFilter", "Marker", "MaxItems"],
  },

  async handle({ input, keys: { policy }, context: { account }, tools }) {
    found(policy);
    const { PolicyArn, EntityFilter, PathPrefix = "/", PolicyUsageFilter } = input;
    const holders = (await listHolders(account, tools)).filter(
      (each) =>
        each.entity.path.startsWith(PathPrefix) &&
        (EntityFilter === undefined || EntityFilter.toLowerCase() === each.kind) &&
        uses(each, PolicyArn, PolicyUsageFilter),
    );
    const { entries, page } = pageOf(
      holders,
      input,
      ["ListEntitiesForPolicy", PolicyArn, EntityFilter, PathPrefix, PolicyUsageFilter].join(" "),
      ({ kind, entity }) => `${kind} ${entity.name}`,
    );
    return { output: { ...answer(entries), ...page } };
  },
});

function uses(
  holder: HolderEntry,
  arn: string,
  usage: "PermissionsPolicy" | "PermissionsBoundary" | undefined,
): boolean {
  const attached = usage !== "PermissionsBoundary" && hasAttached(holder, arn);
  return attached || (usage !== "PermissionsPolicy" && isBounded(holder, arn));
}

function answer(entries: readonly HolderEntry[]) {
  return {
    PolicyGroups: entries.flatMap(({ kind, entity }) =>
      kind === "group" ? { GroupName: entity.name, GroupId: entity.groupId } : [],
    ),
    PolicyUsers: entries.flatMap(({ kind, entity }) =>
      kind === "user" ? { UserName: entity.name, UserId: entity.userId } : [],
    ),
    PolicyRoles: entries.flatMap(({ kind, entity }) =>
      kind === "role" ? { RoleName: entity.name, RoleId: entity.roleId } : [],
    ),
  };
}
