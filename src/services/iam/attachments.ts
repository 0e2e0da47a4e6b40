import type { Outcome } from "../../api/operation.ts";
import type { Change } from "../../database/commit.ts";
import { list, string, structure } from "../../shape/shape.ts";
import { requireAttachable, requireBoundary } from "./attachable.ts";
import type { Holder } from "./inline-policies.ts";
import { policyPlace } from "./model/identity.ts";
import { pageOf } from "./model/paging.ts";
import { requireRoom } from "./model/quotas.ts";
import { noSuchEntity } from "./model/refusals.ts";
import type { EntityThing, IamTools } from "./operation.ts";
import { found, modifiable } from "./operation.ts";
import { replaceEntity } from "./tables/changes.ts";

const quotaOf = {
  user: "PoliciesPerUser",
  group: "PoliciesPerGroup",
  role: "PoliciesPerRole",
} as const satisfies Readonly<Record<Holder, string>>;

/** Managed policies as the operations answer what is attached. */
export const attachedPolicies = list(structure({ PolicyName: string(), PolicyArn: string() }));

/** Attaches a managed policy to an entity; one that is attached already stays. Throws NoSuchEntity, LimitExceeded. */
export async function attachPolicy<K extends Holder>(
  thing: EntityThing<K>,
  arn: string,
  tools: IamTools,
): Promise<Outcome<undefined>> {
  const holder = modifiable(thing);
  const relied = await requireAttachable(arn, holder.account, tools);
  if (holder.managedPolicies.includes(arn)) return { output: undefined, relied };
  requireRoom(quotaOf[thing.kind], holder.managedPolicies.length);
  const next = { ...holder, managedPolicies: [...holder.managedPolicies, arn] };
  const change = replaceEntity(thing.kind, holder, next, thing.domain);
  return { output: undefined, change, relied };
}

/** The change that detaches a managed policy from an entity. Throws NoSuchEntity. */
export function detachPolicy<K extends Holder>(thing: EntityThing<K>, arn: string): Change {
  const holder = modifiable(thing);
  if (!holder.managedPolicies.includes(arn)) throw noSuchEntity("policy", arn);
  const managedPolicies = holder.managedPolicies.filter((each) => each !== arn);
  return replaceEntity(thing.kind, holder, { ...holder, managedPolicies }, thing.domain);
}

/** A page of the managed policies that are attached to an entity, in the order of their names. */
export function listAttached(
  thing: EntityThing<Holder>,
  input: Parameters<typeof pageOf>[1] & { readonly PathPrefix?: string | undefined },
) {
  const { PathPrefix = "/" } = input;
  const policies = found(thing)
    .managedPolicies.map((arn) => ({ arn, ...policyPlace(arn) }))
    .filter(({ path }) => path.startsWith(PathPrefix));
  const listing = `policies of ${thing.arn} under ${PathPrefix}`;
  const { entries, page } = pageOf(policies, input, listing, ({ name, arn }) => `${name} ${arn}`);
  const AttachedPolicies = entries.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn }));
  return { AttachedPolicies, ...page };
}

/** Bounds what an entity's policies may allow by a managed policy. Throws NoSuchEntity. */
export async function putBoundary<K extends "user" | "role">(
  thing: EntityThing<K>,
  arn: string,
  tools: IamTools,
): Promise<Outcome<undefined>> {
  const entity = modifiable(thing);
  const { bounded, relied } = await requireBoundary(arn, entity.account, tools);
  const change = replaceEntity(thing.kind, entity, { ...entity, ...bounded }, thing.domain);
  return { output: undefined, change, relied };
}

/** The change that takes an entity's boundary away; one that has none stays as it is. */
export function deleteBoundary<K extends "user" | "role">(thing: EntityThing<K>): Change {
  const entity = modifiable(thing);
  return replaceEntity(thing.kind, entity, { ...entity, boundary: undefined }, thing.domain);
}
