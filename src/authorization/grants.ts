/** Grants: which one allows a request, and when one may be created from another. */
import { grantsNaming } from "./grant-index.ts";
import type { Reach } from "./principal-element.ts";
import { reachRank, roleNames, rootAccount } from "./principal-element.ts";
import type {
  AuthorizationRequest,
  EncryptionContext,
  GrantConstraints,
  GrantScope,
  Principal,
} from "./request.ts";

/** The terms of one grant on the key; users, roles and sessions are named by ARN or unique id, services by host name. */
export interface GrantTerms extends GrantScope {
  readonly grantId: string;
  readonly granteePrincipal: string;
  /** Who may retire the grant besides those with kms:RetireGrant. */
  readonly retiringPrincipal?: string;
}

/** A grant that allows a request, as far as its reach says. */
export interface FoundGrant {
  readonly grantId: string;
  readonly reach: Reach;
}

/** The operations without an encryption context, to which its constraints do not apply. */
const withoutContext: readonly string[] = ["DescribeKey", "RetireGrant", "CreateGrant"];

/** The grant that allows a request: the first of those with the best reach. */
export function findGrant(
  grants: readonly GrantTerms[],
  request: AuthorizationRequest,
): FoundGrant | undefined {
  const { principal } = request;
  const names = (): readonly string[] => [principal.arn, principal.userId, ...ownersOf(principal)];
  let best: FoundGrant | undefined;
  for (const grant of grantsNaming(grants, names, principal.account)) {
    const reach = reachOf(grant, request);
    if (reach === "direct") return { grantId: grant.grantId, reach };
    if (reach !== undefined && (best === undefined || reachRank[reach] > reachRank[best.reach]))
      best = { grantId: grant.grantId, reach };
  }
  return best;
}

/** Whether whatever a new grant would allow, an existing one allows too. */
export function isAsStrict(child: GrantScope, parent: GrantScope): boolean {
  if (!child.operations.every((operation) => parent.operations.includes(operation))) return false;
  const inner = child.constraints ?? {};
  const outer = parent.constraints ?? {};
  if (outer.SourceArn !== undefined && inner.SourceArn !== outer.SourceArn) return false;
  const exact = inner.EncryptionContextEquals;
  if (exact !== undefined) return contextSatisfies(exact, outer);
  if (outer.EncryptionContextEquals !== undefined) return false;
  return holdsAll(inner.EncryptionContextSubset ?? {}, outer.EncryptionContextSubset ?? {});
}

function reachOf(grant: GrantTerms, request: AuthorizationRequest): Reach | undefined {
  const operation = request.grantOperation;
  if (operation === undefined) return undefined;
  if (operation === "RetireGrant" && grant.retiringPrincipal !== undefined) {
    const retiring = nameReach(grant.retiringPrincipal, request.principal);
    if (retiring !== undefined) return retiring;
  }
  if (!grant.operations.includes(operation)) return undefined;
  if (!constraintsHold(grant, operation, request)) return undefined;
  return nameReach(grant.granteePrincipal, request.principal);
}

/**
 * A session is named by its own ARN or id, or by its role or user, within its limits; a root ARN names the root user and
 * stands for its account.
 */
function nameReach(name: string, principal: Principal): Reach | undefined {
  if (name === principal.arn || name === principal.userId) return "direct";
  if (ownersOf(principal).includes(name)) return "role";
  if (principal.type === "Service" || rootAccount(name) !== principal.account) return undefined;
  return principal.type === "Root" ? "direct" : "account";
}

/** What names the role or the user that a session is of. */
function ownersOf(principal: Principal): readonly string[] {
  const { type, issuer } = principal;
  if (type === "AssumedRole") return roleNames(principal);
  return issuer === undefined ? [] : [issuer.arn, issuer.userId];
}

function constraintsHold(
  grant: GrantTerms,
  operation: string,
  request: AuthorizationRequest,
): boolean {
  const constraints = grant.constraints ?? {};
  if (operation === "CreateGrant" && !(request.newGrant && isAsStrict(request.newGrant, grant)))
    return false;
  if (operation !== "RetireGrant" && !sourceHolds(constraints, request)) return false;
  if (withoutContext.includes(operation)) return true;
  return contextSatisfies(request.encryptionContext ?? {}, constraints);
}

function sourceHolds(
  { SourceArn }: GrantConstraints,
  { conditions }: AuthorizationRequest,
): boolean {
  if (SourceArn === undefined) return true;
  const given = conditions.get("aws:sourcearn");
  return given?.length === 1 && given[0] === SourceArn;
}

function contextSatisfies(context: EncryptionContext, constraints: GrantConstraints): boolean {
  const { EncryptionContextEquals: exact, EncryptionContextSubset: subset } = constraints;
  if (exact !== undefined && !(holdsAll(context, exact) && holdsAll(exact, context))) return false;
  return subset === undefined || holdsAll(context, subset);
}

/** Whether a context has all pairs; names and values are compared exactly. */
function holdsAll(context: EncryptionContext, pairs: EncryptionContext): boolean {
  return Object.entries(pairs).every(
    ([name, value]) => Object.hasOwn(context, name) && context[name] === value,
  );
}
