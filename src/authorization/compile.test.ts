// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like this
import * as assert from "node:assert/strict";
import { test } from "node:test";
import { compilePolicy } from "./compile.ts";
import { parsePolicy } from "./policy-document.ts";
import type { AuthorizationRequest } from "./request.ts";
import type { Layer } from "./statement.ts";

const account = "111122223333";
const key = `arn:aws:kms:us-east-1:${account}:key/1`;
const role = `arn:aws:iam::${account}:role/app`;
const session = `arn:aws:sts::${account}:assumed-role/app/s`;

function compile(layer: Layer, statements: readonly object[], Version = "2012-10-17") {
  const text = JSON.stringify({ Version, Statement: statements });
  const document = parsePolicy(text, layer === "resource" ? "key" : "identity");
  return compilePolicy(document, { kind: layer, name: "p", arn: "arn:p" });
}

function request(overrides: Partial<AuthorizationRequest> = {}): AuthorizationRequest {
  return {
    principal: {
      type: "AssumedRole",
      arn: session,
      account,
      userId: "AROAEXAMPLEEXAMPLE:s",
      roleArn: role,
    },
    action: "kms:Decrypt",
    resource: key,
    conditions: new Map([["aws:username", ["ann"]]]),
    ...overrides,
  };
}

function allows(statement: object, overrides: Partial<AuthorizationRequest> = {}): boolean {
  const policy = compile("identity", [
    { Effect: "Allow", Action: "*", Resource: "*", ...statement },
  ]);
  return policy.allowing(request(overrides)) !== undefined;
}

test("a decision names layer, policy, ARN, index from 1 and Sid", () => {
  const statement = { Effect: "Deny", Action: "kms:*", Resource: "*" };
  const policy = compile("identity", [
    { ...statement, Effect: "Allow" },
    { ...statement, Sid: "No" },
  ]);
  const named = { kind: "statement", layer: "identity", policy: "p", arn: "arn:p" };
  assert.deepEqual(policy.denying(request()), { ...named, index: 2, sid: "No" });
  assert.deepEqual(policy.allowing(request()), {
    reach: "direct",
    statement: { ...named, index: 1 },
  });
});

test("the statement with the best reach allows, wherever it stands", () => {
  const allow = { Effect: "Allow", Action: "*", Resource: "*" };
  const to = (AWS: string) => ({ ...allow, Principal: { AWS } });
  const best = (...names: readonly string[]) => {
    const allowing = compile("resource", names.map(to)).allowing(request());
    return [allowing?.reach, allowing?.statement.index];
  };
  assert.deepEqual(best(account, role, session), ["direct", 3]);
  assert.deepEqual(best(session, role, account), ["direct", 1]);
  assert.deepEqual(best(account, role, account), ["role", 2]);
  assert.deepEqual(best(account, account), ["account", 1]);
});

test("the first Deny that applies is named", () => {
  const deny = { Effect: "Deny", Action: "*", Resource: "*" };
  const policy = compile("resource", [
    { ...deny, Principal: { AWS: account } },
    { ...deny, Principal: "*" },
  ]);
  assert.equal(policy.denying(request())?.index, 1);
});

test("a statement without Action, or without Resource in a key policy, does nothing, not even deny", () => {
  for (const rest of [{ Resource: "*" }, { Action: "*" }]) {
    const policy = compile("resource", [
      { Effect: "Allow", Principal: "*", ...rest },
      { Effect: "Deny", Principal: "*", ...rest },
    ]);
    assert.equal(policy.allowing(request()), undefined);
    assert.equal(policy.denying(request()), undefined);
  }
});

test("NotAction and NotResource cover everything else", () => {
  const rest = { Action: undefined, NotAction: ["kms:Encrypt", "s3:*"] };
  assert.equal(allows(rest), true);
  assert.equal(allows(rest, { action: "kms:encrypt" }), false);
  assert.equal(allows(rest, { action: "s3:GetObject" }), false);
  assert.equal(allows({ Resource: undefined, NotResource: `${key}2` }), true);
  assert.equal(allows({ Resource: undefined, NotResource: key }), false);
});

test("a variable without a value in NotResource closes an Allow and opens a Deny", () => {
  const vague = { Resource: undefined, NotResource: "arn:aws:kms:*:*:key/${aws:userid}" };
  assert.equal(allows(vague), false);
  const deny = compile("identity", [{ Effect: "Deny", Action: "*", ...vague }]);
  assert.notEqual(deny.denying(request()), undefined);
});

test("variables have meaning in Version 2012-10-17 only", () => {
  const statement = { Effect: "Allow", Action: "*", Resource: "arn:aws:kms:::${aws:username}" };
  const resource = "arn:aws:kms:::ann";
  const allowing = (version: string) =>
    compile("identity", [statement], version).allowing(request({ resource }));
  assert.notEqual(allowing("2012-10-17"), undefined);
  assert.equal(allowing("2008-10-17"), undefined);
});

test("all operators and all keys of a Condition must hold", () => {
  const Condition = { StringEquals: { "a:b": "1", "a:c": "2" }, Bool: { "a:d": "true" } };
  const given = (...pairs: readonly (readonly [string, readonly string[]])[]) =>
    allows({ Condition }, { conditions: new Map(pairs) });
  assert.equal(given(["a:b", ["1"]], ["a:c", ["2"]], ["a:d", ["true"]]), true);
  assert.equal(given(["a:b", ["1"]], ["a:c", ["3"]], ["a:d", ["true"]]), false);
  assert.equal(given(["a:b", ["1"]], ["a:c", ["2"]], ["a:d", ["false"]]), false);
  assert.equal(given(["a:b", ["1"]], ["a:c", ["2"]]), false);
});

test("a resource's statement without a principal applies to nobody", () => {
  const Statement = [{ Effect: "Allow", Action: "*", Resource: "*" }] as const;
  const compiled = (kind: Layer) =>
    compilePolicy({ Statement }, { kind, name: "p" }).allowing(request());
  assert.equal(compiled("resource"), undefined);
  assert.equal(compiled("trust"), undefined);
  assert.notEqual(compiled("identity"), undefined);
});

test("a document that the reader would refuse does not compile", () => {
  const Statement = [
    { Effect: "Allow", Action: "*", Resource: "*", Condition: { Equals: { "a:b": "c" } } },
  ] as const;
  assert.throws(() => compilePolicy({ Statement }, { kind: "identity", name: "p" }), {
    name: "MalformedPolicyDocumentException",
  });
});
