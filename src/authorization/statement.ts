/** One statement, compiled: whether it applies to a request, and what keeps it from applying. */
import type { ConditionContext } from "./conditions.ts";
import { compileCondition } from "./conditions.ts";
import type { Matcher } from "./match.ts";
import { compileAction, compileArn, compileChoice } from "./match.ts";
import type { Statement } from "./policy-document.ts";
import type { Strings } from "./policy-members.ts";
import { listOf, malformed, quote } from "./policy-members.ts";
import type { Reach } from "./principal-element.ts";
import { compileNotPrincipal, compilePrincipal } from "./principal-element.ts";
import type { AuthorizationRequest, Conditions, Principal } from "./request.ts";

/** What part a policy plays in a decision; `trust` is the resource policy of a role. */
export type Layer = "identity" | "resource" | "boundary" | "session" | "serviceControl" | "trust";

/** An element of a statement that did not hold; of Condition, which condition. */
export type Miss =
  | { readonly element: "Principal" | "Action" | "Resource" }
  | { readonly element: "Condition"; readonly operator: string; readonly key: string };

export interface CompiledStatement {
  /** How the statement reaches the caller; undefined when it does not apply. `action` is the request's in lower case. */
  readonly applies: (request: AuthorizationRequest, action: string) => Reach | undefined;
  readonly misses: (request: AuthorizationRequest) => readonly Miss[];
}

interface CompiledCondition {
  readonly holds: (conditions: Conditions) => boolean;
  readonly miss: Miss;
}

export function compileStatement(
  statement: Statement,
  layer: Layer,
  context: ConditionContext,
): CompiledStatement {
  const actionApplies = compileActions(statement);
  const resourceApplies = compileResources(statement, layer, context);
  const reachOf = compileWho(statement, layer);
  const conditions = compileConditions(statement, context);
  return {
    applies(request, action) {
      if (!actionApplies(action)) return undefined;
      const reach = reachOf(request.principal, request.bounded);
      if (reach === undefined || !resourceApplies(request.resource, request.conditions))
        return undefined;
      return conditions.every(({ holds }) => holds(request.conditions)) ? reach : undefined;
    },
    misses: (request) => [
      ...missed("Principal", reachOf(request.principal, request.bounded) !== undefined),
      ...missed("Action", actionApplies(request.action.toLowerCase())),
      ...missed("Resource", resourceApplies(request.resource, request.conditions)),
      ...conditions.filter(({ holds }) => !holds(request.conditions)).map(({ miss }) => miss),
    ],
  };
}

function missed(element: "Principal" | "Action" | "Resource", applies: boolean): readonly Miss[] {
  return applies ? [] : [{ element }];
}

function compileConditions(
  { Condition = {} }: Statement,
  context: ConditionContext,
): readonly CompiledCondition[] {
  return Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({
      holds: compileCondition({ operator, key, values: listOf(values) }, context),
      miss: { element: "Condition", operator, key },
    })),
  );
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
): (resource: string, conditions: Conditions) => boolean {
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
): (principal: Principal, bounded?: boolean) => Reach | undefined {
  if (Principal !== undefined) return compilePrincipal(Principal);
  if (NotPrincipal !== undefined) return compileNotPrincipal(NotPrincipal, Effect);
  return layer === "resource" || layer === "trust" ? () => undefined : () => "direct";
}
