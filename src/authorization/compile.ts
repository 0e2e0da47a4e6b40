/** Compiled policies: a document turned once into closures, with the statement that decided as their answer. */
import type { ConditionContext } from "./conditions.ts";
import { compileCondition } from "./conditions.ts";
import type { Matcher } from "./match.ts";
import { compileAction, compileArn, compileChoice } from "./match.ts";
import type { PolicyDocument, Statement } from "./policy-document.ts";
import { hasVariables } from "./policy-document.ts";
import type { Strings } from "./policy-members.ts";
import { listOf, malformed, optional, quote } from "./policy-members.ts";
import type { Reach } from "./principal-element.ts";
import { compileNotPrincipal, compilePrincipal } from "./principal-element.ts";
import type { AuthorizationRequest, Principal } from "./request.ts";

/** What part a policy plays in a decision; `trust` is the resource policy of a role. */
export type Layer = "identity" | "resource" | "boundary" | "session" | "serviceControl" | "trust";

/** Where a policy comes from; `name` is `default` for a key policy. */
export interface PolicySource {
  readonly kind: Layer;
  readonly name: string;
  readonly arn?: string;
}

/** One statement of one policy; `index` counts from 1. */
export interface StatementRef {
  readonly kind: "statement";
  readonly layer: Layer;
  readonly policy: string;
  readonly arn?: string;
  readonly index: number;
  readonly sid?: string;
}

/** The Allow statement that reaches a principal best, and how. */
export interface Allowing {
  readonly reach: Reach;
  readonly statement: StatementRef;
}

/** A policy ready to be asked. */
export interface CompiledPolicy {
  readonly source: PolicySource;
  /** The first Deny statement that applies. */
  readonly denying: (request: AuthorizationRequest) => StatementRef | undefined;
  /** The Allow statement that applies: the first of those with the best reach. */
  readonly allowing: (request: AuthorizationRequest) => Allowing | undefined;
}

type Applies = (request: AuthorizationRequest, action: string) => Reach | undefined;

interface CompiledStatement {
  readonly applies: Applies;
  readonly ref: StatementRef;
}

const rank = { direct: 3, role: 2, account: 1 } as const satisfies Readonly<Record<Reach, number>>;

/** Compiles a parsed policy. Throws MalformedPolicyDocumentException for a document that parsePolicy would refuse. */
export function compilePolicy(document: PolicyDocument, source: PolicySource): CompiledPolicy {
  const variables = hasVariables(document);
  const compiled = document.Statement.map((statement, index) => ({
    effect: statement.Effect,
    applies: compileStatement(statement, source.kind, {
      where: `statement ${index + 1}`,
      effect: statement.Effect,
      variables,
    }),
    ref: refOf(statement, index + 1, source),
  }));
  const denies = compiled.filter(({ effect }) => effect === "Deny");
  const allows = compiled.filter(({ effect }) => effect === "Allow");
  return {
    source,
    denying: (request) => firstOf(denies, request),
    allowing: (request) => bestOf(allows, request),
  };
}

function firstOf(
  statements: readonly CompiledStatement[],
  request: AuthorizationRequest,
): StatementRef | undefined {
  if (statements.length === 0) return undefined;
  const action = request.action.toLowerCase();
  return statements.find(({ applies }) => applies(request, action) !== undefined)?.ref;
}

function bestOf(
  statements: readonly CompiledStatement[],
  request: AuthorizationRequest,
): Allowing | undefined {
  const action = request.action.toLowerCase();
  let best: Allowing | undefined;
  for (const { applies, ref } of statements) {
    const reach = applies(request, action);
    if (reach === "direct") return { reach, statement: ref };
    if (reach !== undefined && (best === undefined || rank[reach] > rank[best.reach]))
      best = { reach, statement: ref };
  }
  return best;
}

function refOf(statement: Statement, index: number, source: PolicySource): StatementRef {
  return {
    kind: "statement",
    layer: source.kind,
    policy: source.name,
    ...optional("arn", source.arn),
    index,
    ...optional("sid", statement.Sid),
  };
}

function compileStatement(statement: Statement, layer: Layer, context: ConditionContext): Applies {
  const actionApplies = compileActions(statement);
  const resourceApplies = compileResources(statement, layer, context);
  const reachOf = compileWho(statement, layer);
  const conditions = Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) =>
      compileCondition({ operator, key, values: listOf(values) }, context),
    ),
  );
  return (request, action) => {
    if (!actionApplies(action)) return undefined;
    const reach = reachOf(request.principal);
    if (reach === undefined || !resourceApplies(request.resource, request.conditions))
      return undefined;
    return conditions.every((holds) => holds(request.conditions)) ? reach : undefined;
  };
}

const nothing = () => false;

/** Without Action and NotAction a statement applies to nothing. */
function compileActions({ Action, NotAction }: Statement): (action: string) => boolean {
  const patterns = listOf(Action ?? NotAction).map(compileAction);
  if (NotAction !== undefined) return (action) => !patterns.some((matches) => matches(action));
  return (action) => patterns.some((matches) => matches(action));
}

/** Without Resource and NotResource a statement applies to nothing, in a role's trust policy to the role. */
function compileResources(
  { Resource, NotResource }: Statement,
  layer: Layer,
  context: ConditionContext,
): (resource: string, conditions: AuthorizationRequest["conditions"]) => boolean {
  const given = Resource ?? NotResource;
  if (given === undefined) return layer === "trust" ? () => true : nothing;
  return compileChoice(arnMatchers(given, context), NotResource !== undefined, context.effect);
}

function arnMatchers(patterns: Strings, context: ConditionContext): readonly Matcher[] {
  return listOf(patterns).map((pattern) => {
    const matcher = compileArn(pattern, context.variables);
    if (matcher === undefined) throw malformed(context.where, `malformed ARN ${quote(pattern)}`);
    return matcher;
  });
}

/** In the policies of a resource a statement that names no principal applies to nobody; elsewhere it speaks of the caller. */
function compileWho(
  { Principal, NotPrincipal, Effect }: Statement,
  layer: Layer,
): (principal: Principal) => Reach | undefined {
  if (Principal !== undefined) return compilePrincipal(Principal);
  if (NotPrincipal !== undefined) return compileNotPrincipal(NotPrincipal, Effect);
  return layer === "resource" || layer === "trust" ? () => undefined : () => "direct";
}
