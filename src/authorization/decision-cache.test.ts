import * as assert from "node:assert/strict";
import { test } from "node:test";
import type { CompiledPolicy } from "./compile.ts";
import { compilePolicy } from "./compile.ts";
import type { Policies } from "./decide.ts";
import { DecisionCache } from "./decision-cache.ts";
import { parsePolicy } from "./policy-document.ts";
import type { AuthorizationRequest } from "./request.ts";

const account = "111122223333";
const ann = {
  type: "User",
  arn: `arn:aws:iam::${account}:user/ann`,
  account,
  userId: "AIDAEXAMPLEEXAMPLE",
} as const;
const request: AuthorizationRequest = {
  principal: ann,
  action: "kms:Decrypt",
  resource: `arn:aws:kms:us-east-1:${account}:key/1`,
  resourceAccount: account,
  conditions: new Map(),
};

/** A policy that counts how often it is asked. */
function counted(statement: object): CompiledPolicy & { readonly asked: () => number } {
  const text = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Resource: "*", ...statement },
  });
  const policy = compilePolicy(parsePolicy(text, "identity"), { kind: "identity", name: "p" });
  let asked = 0;
  return {
    ...policy,
    allowing(given) {
      asked++;
      return policy.allowing(given);
    },
    asked: () => asked,
  };
}

const everything = { Action: "*" };

test("a decision is made once for a caller, a thing, an action and a resource", () => {
  const cache = new DecisionCache();
  const policy = counted({ Action: "kms:Decrypt" });
  const standpoints = { caller: { principal: ann }, protection: {} };
  const ask = (more: Partial<AuthorizationRequest> = {}) =>
    cache.decide({ ...request, ...more }, { identity: [policy] }, standpoints).allowed;
  assert.deepEqual([ask(), ask(), ask()], [true, true, true]);
  assert.equal(policy.asked(), 1);
  assert.equal(ask({ action: "kms:Encrypt" }), false);
  assert.equal(ask({ resourceAccount: "444455556666" }), false);
  assert.equal(ask({ resource: "*" }), true);
  assert.equal(policy.asked(), 3);
});

test("a changed caller or thing is a new object, for which everything is decided anew", () => {
  const cache = new DecisionCache();
  const before = { caller: { principal: ann }, protection: {} };
  const decide = (standpoints: typeof before, statement: object) =>
    cache.decide(request, { identity: [counted(statement)] }, standpoints).allowed;
  assert.equal(decide(before, everything), true);
  const denying = { ...everything, Effect: "Deny" };
  assert.equal(decide({ ...before, caller: { principal: ann } }, denying), false);
  assert.equal(decide({ ...before, protection: {} }, denying), false);
});

test("what a condition had a part in is decided every time", () => {
  const cache = new DecisionCache();
  const policy = counted({ ...everything, Condition: { Bool: { "aws:SecureTransport": "true" } } });
  const standpoints = { caller: { principal: ann }, protection: {} };
  const secure = (value: string) =>
    cache.decide(
      { ...request, conditions: new Map([["aws:securetransport", [value]]]) },
      { identity: [policy] },
      standpoints,
    ).allowed;
  assert.deepEqual([secure("true"), secure("false"), secure("true")], [true, false, true]);
});

test("what a grant could have a part in is decided every time", () => {
  const cache = new DecisionCache();
  const grants = [
    {
      grantId: "g",
      granteePrincipal: ann.arn,
      operations: ["Decrypt"],
      constraints: { EncryptionContextEquals: { a: "b" } },
    },
  ];
  const policies: Policies = { identity: [], grants };
  const standpoints = { caller: { principal: ann }, protection: policies };
  const within = (encryptionContext: Readonly<Record<string, string>>) =>
    cache.decide(
      { ...request, grantOperation: "Decrypt", encryptionContext },
      policies,
      standpoints,
    ).allowed;
  assert.deepEqual([within({}), within({ a: "b" }), within({})], [false, true, false]);
});

test("a full cache forgets all and goes on", () => {
  const cache = new DecisionCache(2);
  const policy = counted(everything);
  const standpoints = { caller: { principal: ann }, protection: {} };
  const ask = (action: string) =>
    cache.decide({ ...request, action }, { identity: [policy] }, standpoints);
  for (const action of ["kms:A", "kms:B", "kms:C"]) ask(action);
  assert.equal(policy.asked(), 3);
  for (const action of ["kms:A", "kms:A"]) ask(action);
  assert.equal(policy.asked(), 4);
});

test("what is remembered of one resource says nothing of another", () => {
  const cache = new DecisionCache();
  const policy = counted({ ...everything, Resource: request.resource });
  const standpoints = { caller: { principal: ann }, protection: {} };
  const ask = (resource: string) =>
    cache.decide({ ...request, resource }, { identity: [policy] }, standpoints).allowed;
  const other = `${request.resource}0`;
  assert.deepEqual([request.resource, other, request.resource, other].map(ask), [
    true,
    false,
    true,
    false,
  ]);
  assert.equal(cache.find(request, standpoints), undefined, "the last one is the other");
});
