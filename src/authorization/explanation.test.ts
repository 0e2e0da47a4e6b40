import * as assert from "node:assert/strict";
import { test } from "node:test";
import type { CompiledPolicy } from "./compile.ts";
import { compilePolicy } from "./compile.ts";
import type { Policies, ResourcePolicy } from "./decide.ts";
import { describe, describeNearest } from "./explain.ts";
import { explain, reviewAll } from "./explanation.ts";
import { parsePolicy } from "./policy-document.ts";
import type { AuthorizationRequest } from "./request.ts";
import type { Layer } from "./statement.ts";

const account = "111122223333";
const other = "444455556666";
const ann = `arn:aws:iam::${account}:user/ann`;
const request: AuthorizationRequest = {
  principal: { type: "User", arn: ann, account, userId: "AIDAEXAMPLEEXAMPLE" },
  action: "kms:Decrypt",
  resource: `arn:aws:kms:us-east-1:${account}:key/1`,
  conditions: new Map([["aws:sourceip", ["10.0.0.1"]]]),
};
const foreign = { ...request, resource: `arn:aws:kms:us-east-1:${other}:key/1` };

function policy(kind: Layer, name: string, ...statements: readonly object[]): CompiledPolicy {
  const full = statements.map((each) => ({ Effect: "Allow", Resource: "*", ...each }));
  const text = JSON.stringify({ Version: "2012-10-17", Statement: full });
  return compilePolicy(parsePolicy(text, kind === "resource" ? "key" : "identity"), { kind, name });
}

const keyPolicy = (...statements: readonly object[]): ResourcePolicy => ({
  policy: policy("resource", "default", ...statements),
  trust: "key-policy",
});
const open = keyPolicy({ Principal: { AWS: ann }, Action: "*", Sid: "Open" });

test("a denial names the condition in which the nearest statement failed", () => {
  const identity = [
    policy(
      "identity",
      "Far",
      { Action: "s3:*" },
      { Action: "kms:*", Resource: "arn:aws:s3:::b/*" },
    ),
    policy(
      "identity",
      "Near",
      { Action: "kms:Encrypt" },
      {
        Action: "kms:Decrypt",
        Sid: "OfficeOnly",
        Condition: {
          IpAddress: { "aws:SourceIp": "10.0.0.0/8" },
          StringEquals: { "aws:PrincipalTag/team": "red" },
        },
      },
    ),
  ];
  const { because } = explain(request, { identity }, account);
  assert.deepEqual(because, {
    kind: "no-allow",
    layer: "identity",
    nearest: {
      statement: {
        kind: "statement",
        layer: "identity",
        policy: "Near",
        index: 2,
        sid: "OfficeOnly",
      },
      misses: [{ element: "Condition", operator: "StringEquals", key: "aws:PrincipalTag/team" }],
    },
  });
  const nearest = because.kind === "no-allow" ? because.nearest : undefined;
  assert.equal(
    nearest && describeNearest(nearest),
    "nearest is statement 2 (`OfficeOnly`) of the identity policy `Near`: its condition `StringEquals` on `aws:PrincipalTag/team` does not hold",
  );
});

test("the nearest statement is of the layer that had to allow and did not", () => {
  const allowing = policy("identity", "All", { Action: "*" });
  const elsewhere = { Action: "kms:*", Resource: "arn:aws:s3:::b" };
  const layers: readonly (readonly [Layer, Policies])[] = [
    ["boundary", { identity: [allowing], boundary: policy("boundary", "B", elsewhere) }],
    ["session", { identity: [allowing], session: [policy("session", "S", elsewhere)] }],
    ["resource", { identity: [allowing], resource: keyPolicy({ Principal: "*", ...elsewhere }) }],
  ];
  for (const [layer, policies] of layers) {
    const { because } = explain(request, policies, account);
    assert.equal(because.kind === "no-allow" && because.layer, layer);
    const nearest = because.kind === "no-allow" ? because.nearest : undefined;
    assert.deepEqual(nearest?.misses, [{ element: "Resource" }], layer);
    assert.equal(nearest.statement.layer, layer);
  }
});

test("a statement about another action is not near", () => {
  const identity = [policy("identity", "P", { Action: "kms:Encrypt" })];
  assert.deepEqual(explain(request, { identity }, account).because, {
    kind: "no-allow",
    layer: "identity",
  });
});

test("of another account's policy it is only told that there is one", () => {
  const identity = [policy("identity", "All", { Action: "*", Sid: "Mine" })];
  const allowed = explain(foreign, { identity, resource: open }, account);
  assert.equal(
    describe(allowed),
    "allowed by a resource policy of another account and statement 1 (`Mine`) of the identity policy `All`",
  );
  const denying = keyPolicy({ Effect: "Deny", Principal: "*", Action: "*", Sid: "Secret" });
  const denied = explain(foreign, { identity, resource: denying }, account);
  assert.deepEqual(denied.because, {
    kind: "explicit-deny",
    by: { kind: "hidden", layer: "resource" },
  });
  assert.equal(describe(denied), "denied by a resource policy of another account");
  const silent = keyPolicy({ Principal: { AWS: ann }, Action: "*", Resource: "arn:aws:s3:::b" });
  const missing = explain(foreign, { identity, resource: silent }, account);
  assert.deepEqual(missing.because, { kind: "no-allow", layer: "resource" });
});

test("the owner of a resource sees its own policies and not the caller's", () => {
  const identity = [policy("identity", "Callers", { Action: "*" })];
  const seen = explain(foreign, { identity, resource: open }, other);
  assert.equal(
    describe(seen),
    "allowed by statement 1 (`Open`) of the key policy and an identity policy of another account",
  );
});

test("a grant of another account is not named", () => {
  const grants = [{ grantId: "secret", granteePrincipal: ann, operations: ["Decrypt"] }];
  const asked = { ...foreign, grantOperation: "Decrypt" };
  assert.equal(
    describe(explain(asked, { identity: [], grants }, account)),
    "allowed by a grant of another account",
  );
  assert.equal(
    describe(explain(asked, { identity: [], grants }, other)),
    "allowed by grant `secret`",
  );
});

test("a review tells of every statement what it misses, in every layer", () => {
  const reviews = reviewAll(request, {
    identity: [policy("identity", "I", { Action: "s3:*" })],
    boundary: policy("boundary", "B", { Action: "kms:*" }),
    resource: open,
  });
  assert.deepEqual(
    reviews.map(({ statement, misses }) => [statement.layer, misses.length]),
    [
      ["resource", 0],
      ["identity", 1],
      ["boundary", 0],
    ],
  );
});
