/** Why a request is allowed or denied, as data for those who may know: what belongs to other accounts is not told. */
import { parseArn } from "../base/arn.ts";
import type { CompiledPolicy, Review, StatementRef } from "./compile.ts";
import type { Basis, Decision, Policies } from "./decide.ts";
import { decide } from "./decide.ts";
import { optional } from "./policy-members.ts";
import type { AuthorizationRequest } from "./request.ts";
import { ownerOf } from "./request.ts";
import type { Layer, Miss } from "./statement.ts";

/** Stands for a statement, or a grant, of another account. */
export interface Hidden<L extends Layer | "grant" = Layer | "grant"> {
  readonly kind: "hidden";
  readonly layer: L;
}

/** The Allow statement that came nearest to allowing, and what of it did not hold. */
export interface NearMiss {
  readonly statement: StatementRef;
  readonly misses: readonly Miss[];
}

/** Why a request is denied, as far as the viewer may know. */
export type ExplainedDenial =
  | { readonly kind: "explicit-deny"; readonly by: StatementRef | Hidden<Layer> }
  | {
      readonly kind: "no-allow";
      /** The first layer that had to allow and does not. */
      readonly layer: Layer;
      readonly policy?: string;
      readonly arn?: string;
      readonly nearest?: NearMiss;
    };

/** A decision and what decided, as far as the viewer may know. */
export type Explanation =
  | {
      readonly allowed: true;
      readonly because: { readonly kind: "allow"; readonly by: readonly (Basis | Hidden)[] };
    }
  | { readonly allowed: false; readonly because: ExplainedDenial };

/** Decides a request as `decide` does, and tells one account why. */
export function explain(
  request: AuthorizationRequest,
  policies: Policies,
  viewer: string,
): Explanation {
  const { allowed, because }: Decision = decide(request, policies);
  if (allowed) {
    const by = because.by.map((basis) => shownBasis(basis, request, viewer));
    return { allowed, because: { ...because, by } };
  }
  if (because.kind === "explicit-deny")
    return { allowed, because: { ...because, by: shown(because.by, request, viewer) } };
  if (!mayView(because.layer, because.arn, request, viewer))
    return { allowed, because: { kind: because.kind, layer: because.layer } };
  const nearest = nearestTo(request, layerOf(because.layer, request, policies));
  return { allowed, because: { ...because, ...optional("nearest", nearest) } };
}

/** Every statement of the policies, reviewed: what simulations list. */
export function reviewAll(asked: AuthorizationRequest, policies: Policies): readonly Review[] {
  const { identity, boundary, session = [], serviceControl = [], resource } = policies;
  const request = boundary === undefined ? asked : { ...asked, bounded: true };
  const all = [...serviceControl.flat(), resource?.policy, ...identity, boundary, ...session];
  return all.flatMap((policy) => policy?.review(request) ?? []);
}

/** The policies of a layer that had to allow a request. */
function layerOf(
  layer: Layer,
  request: AuthorizationRequest,
  { identity, boundary, session = [], serviceControl = [], resource }: Policies,
): readonly CompiledPolicy[] {
  switch (layer) {
    case "identity":
      return identity;
    case "boundary":
      return boundary === undefined ? [] : [boundary];
    case "session":
      return session;
    case "serviceControl":
      return serviceControl.find((level) => level.every((each) => !each.allowing(request))) ?? [];
    case "resource":
    case "trust":
      return resource === undefined ? [] : [resource.policy];
    default:
      return layer satisfies never;
  }
}

/** Of the Allow statements about the action the one that misses least; conditions miss less than who and what. */
function nearestTo(
  request: AuthorizationRequest,
  policies: readonly CompiledPolicy[],
): NearMiss | undefined {
  const about = policies
    .flatMap((policy) => policy.review(request))
    .filter(({ effect, misses }) => effect === "Allow" && !misses.some(isAction));
  const [nearest] = about.toSorted((a, b) => distance(a) - distance(b));
  return nearest && { statement: nearest.statement, misses: nearest.misses };
}

function distance({ misses }: Review): number {
  return misses.reduce((sum, { element }) => sum + (element === "Condition" ? 1 : 100), 0);
}

function isAction({ element }: Miss): boolean {
  return element === "Action";
}

function shownBasis(basis: Basis, request: AuthorizationRequest, viewer: string): Basis | Hidden {
  if (basis.kind === "root") return basis;
  if (basis.kind === "statement") return shown(basis, request, viewer);
  return ownerOf(request) === viewer ? basis : { kind: "hidden", layer: "grant" };
}

function shown(
  statement: StatementRef,
  request: AuthorizationRequest,
  viewer: string,
): StatementRef | Hidden<Layer> {
  const { layer, arn } = statement;
  return mayView(layer, arn, request, viewer) ? statement : { kind: "hidden", layer };
}

/** A policy is shown to the account that wrote it: a resource's to its owner, an organization's to whom its ARN names. */
function mayView(
  layer: Layer,
  arn: string | undefined,
  request: AuthorizationRequest,
  viewer: string,
): boolean {
  if (layer === "resource" || layer === "trust") return ownerOf(request) === viewer;
  if (layer === "serviceControl") return parseArn(arn ?? "")?.account === viewer;
  return request.principal.account === viewer;
}
