import { foldKey } from "../../authorization/characters.ts";
import type { CompiledPolicy, Review } from "../../authorization/compile.ts";
import { compilePolicy } from "../../authorization/compile.ts";
import type { Policies } from "../../authorization/decide.ts";
import { explain, reviewAll } from "../../authorization/explanation.ts";
import { contextKeysOf } from "../../authorization/policy-contents.ts";
import type { PolicyDocument, PolicyKind } from "../../authorization/policy-document.ts";
import { parsePolicy } from "../../authorization/policy-document.ts";
import type { AuthorizationRequest, Principal } from "../../authorization/request.ts";
import type { Layer } from "../../authorization/statement.ts";
import type { Span } from "../../authorization/statement-positions.ts";
import { statementSpans } from "../../authorization/statement-positions.ts";
import { AwsError } from "../../base/errors.ts";
import type { ValueOf } from "../../shape/shape.ts";
import type { evaluationResult } from "./model/simulation-members.ts";

/** A policy that takes part in a simulation; `id` names it in the answer. */
export interface SimulatedPolicy {
  readonly id: string;
  readonly text: string;
}

/** All that is simulated but actions and resources. */
export interface Simulation {
  readonly principal: Principal;
  readonly identity: readonly SimulatedPolicy[];
  readonly boundary?: SimulatedPolicy | undefined;
  readonly resourcePolicy?: SimulatedPolicy | undefined;
  /** Owner of resources whose ARN names none. */
  readonly resourceOwner: string;
  readonly serviceControl?: Policies["serviceControl"];
  readonly conditions: Readonly<Record<string, readonly string[]>>;
}

/** An action on a resource. */
export interface Combination {
  readonly action: string;
  readonly resource: string;
}

type Result = ValueOf<typeof evaluationResult>;
type Verdict = Result["EvalDecision"];

interface Source {
  readonly id: string;
  readonly spans: readonly Span[];
}

/** Policies ready to be asked. They go by their numbers in `sources`, as several may have the same name. */
interface Ready {
  readonly policies: Policies;
  readonly sources: readonly Source[];
  readonly missing: readonly string[];
}

/** Decides combinations by the engine that decides real calls. Throws InvalidInput for a policy that is none. */
export function simulate(
  simulation: Simulation,
  combinations: readonly Combination[],
): readonly Result[] {
  const kinds = new Map<PolicyKind, Ready>();
  const conditions = conditionsOf(simulation);
  return combinations.map((combination) => {
    const kind = isKey(combination.resource) ? "key" : "resource";
    const ready = kinds.get(kind) ?? prepare(simulation, kind, conditions);
    kinds.set(kind, ready);
    return resultOf(simulation, combination, ready, conditions);
  });
}

/** How many characters of policies a simulation reads for each combination: what bounds the work of a page. */
export function sizeOf({ identity, boundary, resourcePolicy }: Simulation): number {
  const texts = [...identity, boundary, resourcePolicy];
  return texts.reduce((sum, policy) => sum + (policy?.text.length ?? 0), 0);
}

function prepare(
  { identity, boundary, resourcePolicy, serviceControl }: Simulation,
  kind: "key" | "resource",
  conditions: ReadonlyMap<string, unknown>,
): Ready {
  const sources: Source[] = [];
  const documents: PolicyDocument[] = [];
  const compile = ({ id, text }: SimulatedPolicy, as: PolicyKind, layer: Layer): CompiledPolicy => {
    const document = read(text, as);
    documents.push(document);
    sources.push({ id, spans: statementSpans(text) });
    return compilePolicy(document, { kind: layer, name: String(sources.length - 1) });
  };
  const trust = kind === "key" ? "key-policy" : "either";
  const policies: Policies = {
    identity: identity.map((policy) => compile(policy, "identity", "identity")),
    ...(boundary && { boundary: compile(boundary, "identity", "boundary") }),
    ...(resourcePolicy && {
      resource: { policy: compile(resourcePolicy, kind, "resource"), trust },
    }),
    ...(serviceControl && { serviceControl }),
  };
  const missing = contextKeysOf(documents).filter((key) => !conditions.has(foldKey(key)));
  return { policies, sources, missing };
}

function read(text: string, kind: PolicyKind): PolicyDocument {
  try {
    return parsePolicy(text, kind);
  } catch (cause) {
    if (!(cause instanceof AwsError)) throw cause;
    throw malformedInput(cause);
  }
}

function malformedInput(cause: AwsError): AwsError {
  return new AwsError("InvalidInputException", cause.message, { cause });
}

function resultOf(
  simulation: Simulation,
  { action, resource }: Combination,
  { policies, sources, missing }: Ready,
  conditions: AuthorizationRequest["conditions"],
): Result {
  const { principal } = simulation;
  const resourceAccount = ownerOf(resource, simulation);
  const request = { principal, action, resource, resourceAccount, conditions };
  const { allowed, because } = explain(request, policies, principal.account);
  const reviews = reviewAll(request, policies);
  const decision = allowed
    ? "allowed"
    : because.kind === "explicit-deny"
      ? "explicitDeny"
      : "implicitDeny";
  const matched = matchedBy(decision, reviews).map((review) => statementAnswer(review, sources));
  const details = {
    MatchedStatements: matched,
    MissingContextValues: missing,
    ...boundaryDetail(request, policies),
    ...(resource === "*"
      ? {}
      : { EvalDecisionDetails: { entry: detailsOf(reviews, resourceAccount, simulation) } }),
  };
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: decision,
    ...details,
    ...organizationsDetail(request, policies),
    ...(resource === "*"
      ? {}
      : {
          ResourceSpecificResults: [
            { EvalResourceName: resource, EvalResourceDecision: decision, ...details },
          ],
        }),
  };
}

/** Without a resource policy only what the identity may do is simulated, wherever the resource is. */
function ownerOf(
  resource: string,
  { principal, resourcePolicy, resourceOwner }: Simulation,
): string {
  if (resourcePolicy === undefined) return principal.account;
  const account = resource.split(":")[4] ?? "";
  return /^\d{12}$/.test(account) ? account : resourceOwner;
}

function isKey(resource: string): boolean {
  return /^arn:[^:]*:kms:[^:]*:[^:]*:key\//.test(resource);
}

/** The statements that decide: those that deny, else those that allow. Service control policies are not told. */
function matchedBy(decision: Verdict, reviews: readonly Review[]): readonly Review[] {
  const effect = decision === "allowed" ? "Allow" : "Deny";
  if (decision === "implicitDeny") return [];
  return reviews.filter(
    (review) =>
      review.effect === effect &&
      review.misses.length === 0 &&
      review.statement.layer !== "serviceControl",
  );
}

function statementAnswer({ statement }: Review, sources: readonly Source[]) {
  const { policy, layer, index } = statement;
  const source = sources[Number(policy)];
  const span = source?.spans[index - 1];
  return {
    SourcePolicyId: source?.id,
    SourcePolicyType: layer === "resource" ? "Resource Policy" : "IAM Policy",
    ...(span && {
      StartPosition: { Line: span.start.line, Column: span.start.column },
      EndPosition: { Line: span.end.line, Column: span.end.column },
    }),
  };
}

function boundaryDetail(request: AuthorizationRequest, { boundary }: Policies) {
  if (boundary === undefined) return {};
  const AllowedByPermissionsBoundary =
    boundary.denying(request) === undefined && boundary.allowing(request) !== undefined;
  return { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary } };
}

function organizationsDetail(request: AuthorizationRequest, { serviceControl }: Policies) {
  if (serviceControl === undefined) return {};
  const AllowedByOrganizations = serviceControl.every(
    (level) =>
      level.every((policy) => policy.denying(request) === undefined) &&
      level.some((policy) => policy.allowing(request) !== undefined),
  );
  return { OrganizationsDecisionDetail: { AllowedByOrganizations } };
}

/** What each side says where the resource is another account's; empty within one account. */
function detailsOf(
  reviews: readonly Review[],
  resourceAccount: string,
  { principal }: Simulation,
): readonly { readonly key: string; readonly value: Verdict }[] {
  if (resourceAccount === principal.account) return [];
  return [
    { key: "IAM Policy", value: verdictOf(reviews, ["identity", "boundary"]) },
    { key: "Resource Policy", value: verdictOf(reviews, ["resource"]) },
  ];
}

function verdictOf(reviews: readonly Review[], layers: readonly Layer[]): Verdict {
  const effects = reviews
    .filter(({ statement, misses }) => layers.includes(statement.layer) && misses.length === 0)
    .map(({ effect }) => effect);
  if (effects.includes("Deny")) return "explicitDeny";
  return effects.includes("Allow") ? "allowed" : "implicitDeny";
}

function conditionsOf({ conditions }: Simulation): ReadonlyMap<string, readonly string[]> {
  return new Map(Object.entries(conditions).map(([key, values]) => [foldKey(key), values]));
}
