/** Compiled policies: a document turned once into closures, with the statement that decided as their answer. */

import type { PolicyDocument, Statement } from "./policy-document.ts";
import { hasVariables } from "./policy-document.ts";
import { optional } from "./policy-members.ts";
import type { Reach } from "./principal-element.ts";
import { reachRank } from "./principal-element.ts";
import type { AuthorizationRequest } from "./request.ts";
import type { CompiledStatement, Layer, Miss } from "./statement.ts";
import { compileStatement } from "./statement.ts";

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
  /** What every statement has to say, for explanations: nothing is left out where one is enough to decide. */
  readonly review: (request: AuthorizationRequest) => readonly Review[];
}

/** One statement seen in the light of a request; it applies when nothing is missed. */
export interface Review {
  readonly effect: Statement["Effect"];
  readonly statement: StatementRef;
  /** The elements that keep the statement from applying. */
  readonly misses: readonly Miss[];
}

interface PlacedStatement {
  readonly effect: Statement["Effect"];
  readonly compiled: CompiledStatement;
  readonly ref: StatementRef;
}

/** Compiles a parsed policy. Throws MalformedPolicyDocumentException for a document that parsePolicy would refuse. */
export function compilePolicy(document: PolicyDocument, source: PolicySource): CompiledPolicy {
  const variables = hasVariables(document);
  const all = document.Statement.map((statement, index) => ({
    effect: statement.Effect,
    compiled: compileStatement(statement, source.kind, {
      where: `statement ${index + 1}`,
      effect: statement.Effect,
      variables,
    }),
    ref: refOf(statement, index + 1, source),
  }));
  const denies = all.filter(({ effect }) => effect === "Deny");
  const allows = all.filter(({ effect }) => effect === "Allow");
  return {
    source,
    denying: (request) => firstOf(denies, request),
    allowing: (request) => bestOf(allows, request),
    review: (request) => all.map((statement) => reviewOf(statement, request)),
  };
}

function reviewOf(
  { effect, compiled, ref }: PlacedStatement,
  request: AuthorizationRequest,
): Review {
  return { effect, statement: ref, misses: compiled.misses(request) };
}

function firstOf(
  statements: readonly PlacedStatement[],
  request: AuthorizationRequest,
): StatementRef | undefined {
  if (statements.length === 0) return undefined;
  const action = request.action.toLowerCase();
  return statements.find(({ compiled }) => compiled.applies(request, action) !== undefined)?.ref;
}

function bestOf(
  statements: readonly PlacedStatement[],
  request: AuthorizationRequest,
): Allowing | undefined {
  const action = request.action.toLowerCase();
  let best: Allowing | undefined;
  for (const { compiled, ref } of statements) {
    const reach = compiled.applies(request, action);
    if (reach === "direct") return { reach, statement: ref };
    if (reach !== undefined && (best === undefined || reachRank[reach] > reachRank[best.reach]))
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
