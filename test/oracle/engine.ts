import type { CompiledPolicy } from "../../src/authorization/compile.ts";
import { compilePolicy } from "../../src/authorization/compile.ts";
import type { Policies } from "../../src/authorization/decide.ts";
import { decide } from "../../src/authorization/decide.ts";
import type { PolicyKind } from "../../src/authorization/policy-document.ts";
import { parsePolicy } from "../../src/authorization/policy-document.ts";
import type { AuthorizationRequest } from "../../src/authorization/request.ts";
import type { Layer } from "../../src/authorization/statement.ts";
import type { Question, RawPolicy, Verdict, World } from "./naive.ts";

/** The engine, asked in the JSON of the oracles. */

function compile(policy: RawPolicy, document: PolicyKind, kind: Layer): CompiledPolicy {
  return compilePolicy(parsePolicy(JSON.stringify(policy), document), { kind, name: kind });
}

/** A world's policies, compiled. */
export function policiesOf(world: World): Policies {
  const { boundary, session, serviceControl, resource, kind, trust, grants } = world;
  const layer = (of: Layer) => (policy: RawPolicy) => compile(policy, "identity", of);
  return {
    identity: world.identity.map(layer("identity")),
    ...(boundary === undefined ? {} : { boundary: layer("boundary")(boundary) }),
    ...(session === undefined ? {} : { session: session.map(layer("session")) }),
    ...(serviceControl === undefined
      ? {}
      : { serviceControl: serviceControl.map((level) => level.map(layer("serviceControl"))) }),
    ...(resource === undefined
      ? {}
      : {
          resource: {
            policy: compile(resource, kind, kind === "trust" ? "trust" : "resource"),
            trust,
          },
        }),
    grants,
  };
}

export function requestOf({ values, ...question }: Question): AuthorizationRequest {
  return { ...question, conditions: new Map(Object.entries(values)) };
}

export function engineVerdict(question: Question, policies: Policies): Verdict {
  return decide(requestOf(question), policies).because.kind;
}
