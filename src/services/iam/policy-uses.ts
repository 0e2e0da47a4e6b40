import type { Group, Role, User } from "./model/identity.ts";
import type { IamTools } from "./operation.ts";

/** An entity of an account that may have policies attached. */
export type HolderEntry =
  | { readonly kind: "user"; readonly entity: User }
  | { readonly kind: "group"; readonly entity: Group }
  | { readonly kind: "role"; readonly entity: Role };

/** How many entities of an account have a policy attached, and how many have it as their boundary. */
export interface PolicyUses {
  readonly attached: number;
  readonly bounding: number;
}

/** All users, groups and roles of an account. */
export async function listHolders(
  account: string,
  { identities }: Pick<IamTools, "identities">,
): Promise<readonly HolderEntry[]> {
  const [users, groups, roles] = await Promise.all([
    identities.list("user", account),
    identities.list("group", account),
    identities.list("role", account),
  ]);
  return [
    ...users.map((entity) => ({ kind: "user" as const, entity })),
    ...groups.map((entity) => ({ kind: "group" as const, entity })),
    ...roles.map((entity) => ({ kind: "role" as const, entity })),
  ];
}

/** Whether an entity has a policy attached. */
export function hasAttached({ entity }: HolderEntry, arn: string): boolean {
  return entity.managedPolicies.includes(arn);
}

/** Whether a policy is the boundary of an entity. */
export function isBounded({ kind, entity }: HolderEntry, arn: string): boolean {
  return kind !== "group" && entity.boundary === arn;
}

/** Counts the uses of all managed policies at once; the result answers for each of them. */
export function countUses(holders: readonly HolderEntry[]): (arn: string) => PolicyUses {
  const attached = tally(holders.flatMap(({ entity }) => entity.managedPolicies));
  const bounding = tally(
    holders.flatMap(({ kind, entity }) => (kind === "group" ? [] : (entity.boundary ?? []))),
  );
  return (arn) => ({ attached: attached.get(arn) ?? 0, bounding: bounding.get(arn) ?? 0 });
}

function tally(arns: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const arn of arns) counts.set(arn, (counts.get(arn) ?? 0) + 1);
  return counts;
}
