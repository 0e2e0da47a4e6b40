import { AwsError } from "../../base/errors.ts";
import type { Change } from "../../database/commit.ts";
import { encodeDocument, requireIdentityPolicy, sizeOf } from "./model/documents.ts";
import type { Attachments } from "./model/identity.ts";
import { requireName } from "./model/names.ts";
import { pageOf } from "./model/paging.ts";
import { policySizes } from "./model/quotas.ts";
import type { EntityThing } from "./operation.ts";
import { found, modifiable } from "./operation.ts";
import { replaceEntity } from "./tables/changes.ts";

/** The kinds of entities to which policies are attached. */
export type Holder = "user" | "group" | "role";

/** The change that gives an entity an inline policy, new or in the place of one of its name. */
export function putInlinePolicy<K extends Holder>(
  thing: EntityThing<K>,
  { PolicyName, PolicyDocument }: { readonly PolicyName: string; readonly PolicyDocument: string },
): Change {
  const holder = modifiable(thing);
  const name = requireName("policyName", PolicyName);
  requireIdentityPolicy(PolicyDocument);
  const inlinePolicies = { ...holder.inlinePolicies, [name]: PolicyDocument };
  const bytes = Object.values(inlinePolicies).reduce((sum, document) => sum + sizeOf(document), 0);
  const most = policySizes[thing.kind];
  if (bytes > most)
    throw new AwsError(
      "LimitExceededException",
      `Maximum policy size of ${most} bytes exceeded for ${thing.kind} ${holder.name}`,
    );
  return replaceEntity(thing.kind, holder, { ...holder, inlinePolicies }, thing.domain);
}

/** An inline policy's members of an answer. Throws NoSuchEntity. */
export function inlinePolicy(
  thing: EntityThing<Holder>,
  PolicyName: string,
): { readonly PolicyName: string; readonly PolicyDocument: string } {
  const document = requireInline(thing, found(thing), PolicyName);
  return { PolicyName, PolicyDocument: encodeDocument(document) };
}

/** The change that takes an inline policy away. Throws NoSuchEntity. */
export function deleteInlinePolicy<K extends Holder>(thing: EntityThing<K>, name: string): Change {
  const holder = modifiable(thing);
  requireInline(thing, holder, name);
  const { [name]: _removed, ...inlinePolicies } = holder.inlinePolicies;
  return replaceEntity(thing.kind, holder, { ...holder, inlinePolicies }, thing.domain);
}

/** A page of the names of an entity's inline policies. */
export function inlinePolicyNames(
  thing: EntityThing<Holder>,
  input: Parameters<typeof pageOf>[1],
): { readonly PolicyNames: readonly string[] } & ReturnType<typeof pageOf>["page"] {
  const names = Object.keys(found(thing).inlinePolicies);
  const listing = `inline policies of ${thing.arn}`;
  const { entries, page } = pageOf(names, input, listing, (name) => name);
  return { PolicyNames: entries, ...page };
}

function requireInline(
  { kind }: EntityThing<Holder>,
  { inlinePolicies }: Attachments,
  name: string,
): string {
  const document = Object.hasOwn(inlinePolicies, name) ? inlinePolicies[name] : undefined;
  if (document === undefined)
    throw new AwsError(
      "NoSuchEntityException",
      `The ${kind} policy with name ${name} cannot be found.`,
    );
  return document;
}
