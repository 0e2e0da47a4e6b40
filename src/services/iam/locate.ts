import type { CallContext } from "../../api/context.ts";
import { parseArn } from "../../base/arn.ts";
import { AwsError } from "../../base/errors.ts";
import { awsManagedPolicy } from "./model/aws-managed-policies.ts";
import type { EntityKind } from "./model/identity.ts";
import { entityArn } from "./model/identity.ts";
import type { EntityDemand, EntityThing, IamTools } from "./operation.ts";
import { aggregateOf } from "./tables/changes.ts";
import type { IdentityTables } from "./tables/identities.ts";

/** Finds what a request names; of what does not exist, the place where it would be. */
export async function locateEntity(
  demand: EntityDemand<unknown>,
  input: unknown,
  context: CallContext,
  { identities }: IamTools,
): Promise<EntityThing> {
  const { kind, byAccessKey, movesTo } = demand;
  const text = demand.locate(input) ?? ownName(kind, context);
  const { account, name, arn } = byAccessKey
    ? await placeOfKey(text, context, identities)
    : placeOf(kind, text, context);
  const domain = await identities.domain(context.account);
  const entity =
    account === "aws"
      ? awsManagedPolicy(text)
      : account === context.account
        ? await identities.find(kind, account, name)
        : undefined;
  const sameArn = arn === undefined || (entity !== undefined && entityArn(kind, entity) === arn);
  const present = sameArn ? entity : undefined;
  return {
    kind,
    name: text,
    account,
    arn: arn ?? entityArn(kind, movedTo(present ?? { account, name }, movesTo?.(input))),
    entity: present,
    domain,
    // One of the same name under another path counts, too. Of other accounts nothing is read, and AWS's policies never change.
    version: {
      aggregate: aggregateOf(kind, account === context.account ? { account, name } : nowhere),
      version: entity?.version ?? 0,
    },
  };
}

/** A place in which nothing ever is. */
const nowhere = { account: "aws", name: "" };

/** What an entity will be called. */
function movedTo<T extends { readonly name: string; readonly path?: string }>(
  entity: T,
  { name = entity.name, path = entity.path }: ReturnType<NonNullable<Moves>> = {},
): T {
  return { ...entity, name, ...(path === undefined ? {} : { path }) };
}

type Moves = EntityDemand<unknown>["movesTo"];

interface Place {
  readonly account: string;
  readonly name: string;
  /** Of entities that are named by ARN. */
  readonly arn?: string;
}

/** Policies and providers are named by ARN, all others by name in the caller's account. Throws ValidationError. */
function placeOf(kind: EntityKind, text: string, { account }: CallContext): Place {
  if (kind !== "policy" && kind !== "provider") return { account, name: text };
  const arn = parseArn(text);
  const prefix = kind === "policy" ? "policy/" : "oidc-provider/";
  if (arn?.service !== "iam" || arn.region !== "" || !arn.resource.startsWith(prefix))
    throw new AwsError("ValidationException", `ARN ${text} is not valid.`);
  const resource = arn.resource.slice(prefix.length);
  const name = kind === "policy" ? (resource.split("/").at(-1) ?? "") : resource;
  return { account: arn.account, name, arn: text };
}

/** Operations on users that name none are about the caller. Throws ValidationError for a caller that is no user. */
function ownName(kind: EntityKind, { caller }: CallContext): string {
  if (kind === "user" && caller.principal.type === "Root") return "";
  if (kind === "user" && caller.userName !== undefined) return caller.userName;
  throw new AwsError(
    "ValidationException",
    "Must specify userName when calling with non-User credentials",
  );
}

/** The user of an access key. AWS names the key itself where the caller's account has no such user. */
async function placeOfKey(
  id: string,
  { account }: CallContext,
  identities: IdentityTables,
): Promise<Place> {
  const owner = await identities.findAccessKeyOwner(id);
  return owner?.account === account ? owner : { account, name: id, arn: `access key ${id}` };
}
