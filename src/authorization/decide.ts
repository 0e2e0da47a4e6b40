/** The decision: a pure function of the request, the policies and the grants, which names what decided. */
import type { Allowing, CompiledPolicy, StatementRef } from "./compile.ts";
import type { GrantTerms } from "./grants.ts";
import { findGrant } from "./grants.ts";
import { optional } from "./policy-members.ts";
import type { Reach } from "./principal-element.ts";
import type { AuthorizationRequest } from "./request.ts";
import { ownerOf } from "./request.ts";
import type { Layer } from "./statement.ts";

/** A policy of the resource. `key-policy`: it is the root of trust; `either`: an identity policy of the account is as good. */
export interface ResourcePolicy {
  readonly policy: CompiledPolicy;
  readonly trust: "key-policy" | "either";
}

/** Everything that speaks about a request. A layer that is absent does not limit; one that is empty allows nothing. */
export interface Policies {
  readonly identity: readonly CompiledPolicy[];
  readonly boundary?: CompiledPolicy;
  /** One of them must allow. */
  readonly session?: readonly CompiledPolicy[];
  /** One list for each level from the organization's root to the account; each level must allow. */
  readonly serviceControl?: readonly (readonly CompiledPolicy[])[];
  readonly resource?: ResourcePolicy;
  readonly grants?: readonly GrantTerms[];
}

/** One thing that an allowed request rests on. */
export type Basis =
  | StatementRef
  | { readonly kind: "grant"; readonly grantId: string }
  | { readonly kind: "root"; readonly account: string };

/** Why a request is allowed: first what opens the resource, then what the caller's own account says. */
export interface Permission {
  readonly kind: "allow";
  readonly by: readonly Basis[];
}

/** Why a request is denied: a statement that says so, or the first layer that had to allow and does not. */
export type Denial =
  | { readonly kind: "explicit-deny"; readonly by: StatementRef }
  | {
      readonly kind: "no-allow";
      readonly layer: Layer;
      readonly policy?: string;
      readonly arn?: string;
    };

/** What decided. */
export type Because = Permission | Denial;

/** The answer. */
export type Decision =
  | { readonly allowed: true; readonly because: Permission }
  | { readonly allowed: false; readonly because: Denial };

/** What opens the resource to the caller, before its own account is asked. */
interface Opening {
  readonly reach: Reach;
  readonly basis: Basis;
}

/** Actions that no key policy can allow, only deny. */
const notByKeyPolicy: ReadonlySet<string> = new Set(["kms:RetireGrant"]);

/** Decides a request. docs/authorization.md has the rules and their order. */
export function decide(asked: AuthorizationRequest, policies: Policies): Decision {
  const request = policies.boundary === undefined ? asked : { ...asked, bounded: true };
  const deny = findDeny(request, policies);
  if (deny !== undefined) return { allowed: false, because: { kind: "explicit-deny", by: deny } };
  for (const level of policies.serviceControl ?? [])
    if (firstAllowing(level, request) === undefined) return missing("serviceControl");
  const decision = judge(request, policies, openingByPolicy(request, policies.resource));
  const grant = decision.allowed ? undefined : findGrant(policies.grants ?? [], request);
  if (grant === undefined) return decision;
  const basis = { kind: "grant", grantId: grant.grantId } as const;
  if (grant.reach === "direct") return allowed(basis);
  if (grant.reach === "role") return missingLimit(request, policies) ?? allowed(basis);
  return judge(request, policies, { reach: "account", basis });
}

function findDeny(request: AuthorizationRequest, policies: Policies): StatementRef | undefined {
  for (const level of policies.serviceControl ?? []) {
    const deny = firstDenying(level, request);
    if (deny !== undefined) return deny;
  }
  return (
    policies.resource?.policy.denying(request) ??
    firstDenying(policies.identity, request) ??
    policies.boundary?.denying(request) ??
    firstDenying(policies.session ?? [], request)
  );
}

function firstDenying(
  policies: readonly CompiledPolicy[],
  request: AuthorizationRequest,
): StatementRef | undefined {
  for (const policy of policies) {
    const deny = policy.denying(request);
    if (deny !== undefined) return deny;
  }
  return undefined;
}

function openingByPolicy(
  request: AuthorizationRequest,
  resource: ResourcePolicy | undefined,
): Opening | undefined {
  if (resource === undefined || notByKeyPolicy.has(request.action)) return undefined;
  const allowing = resource.policy.allowing(request);
  return allowing && { reach: allowing.reach, basis: allowing.statement };
}

function judge(
  request: AuthorizationRequest,
  policies: Policies,
  opening: Opening | undefined,
): Decision {
  const { principal } = request;
  if (principal.type === "Service")
    return opening === undefined ? missingResource(policies) : allowed(opening.basis);
  const owner = ownerOf(request);
  const foreign =
    owner === undefined ? policies.resource !== undefined : owner !== principal.account;
  if (foreign)
    return opening === undefined
      ? missingResource(policies)
      : judgeIdentity(request, policies, [opening.basis]);
  return judgeOwn(request, policies, opening);
}

/** Within the account that owns the resource. */
function judgeOwn(
  request: AuthorizationRequest,
  policies: Policies,
  opening: Opening | undefined,
): Decision {
  if (opening?.reach === "direct") return allowed(opening.basis);
  if (opening?.reach === "role") return missingLimit(request, policies) ?? allowed(opening.basis);
  if (opening !== undefined) return judgeIdentity(request, policies, [opening.basis]);
  const needsDelegation =
    policies.resource?.trust === "key-policy" && !notByKeyPolicy.has(request.action);
  return needsDelegation ? missingResource(policies) : judgeIdentity(request, policies, []);
}

/** Whether the caller's own account allows the request; the root user needs no policy for that. */
function judgeIdentity(
  request: AuthorizationRequest,
  policies: Policies,
  opened: readonly Basis[],
): Decision {
  const { principal } = request;
  const basis: Basis | undefined =
    principal.type === "Root"
      ? { kind: "root", account: principal.account }
      : firstAllowing(policies.identity, request)?.statement;
  if (basis === undefined) return missing("identity");
  return missingLimit(request, policies) ?? allowed(...opened, basis);
}

function missingLimit(request: AuthorizationRequest, policies: Policies): Decision | undefined {
  const { boundary, session } = policies;
  if (boundary !== undefined && boundary.allowing(request) === undefined)
    return missing("boundary", boundary);
  if (session !== undefined && firstAllowing(session, request) === undefined)
    return missing("session");
  return undefined;
}

function firstAllowing(
  policies: readonly CompiledPolicy[],
  request: AuthorizationRequest,
): Allowing | undefined {
  for (const policy of policies) {
    const allowing = policy.allowing(request);
    if (allowing !== undefined) return allowing;
  }
  return undefined;
}

function allowed(...by: readonly Basis[]): Decision {
  return { allowed: true, because: { kind: "allow", by } };
}

function missingResource({ resource }: Policies): Decision {
  return missing(resource?.policy.source.kind ?? "resource", resource?.policy);
}

function missing(layer: Layer, policy?: CompiledPolicy): Decision {
  const source = {
    ...optional("policy", policy?.source.name),
    ...optional("arn", policy?.source.arn),
  };
  return { allowed: false, because: { kind: "no-allow", layer, ...source } };
}
