import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compilePolicy } from "../authorization/compile.ts";
import { parsePolicy } from "../authorization/policy-document.ts";
import { decideFor } from "./authorize.ts";
import { CallContext } from "./context.ts";
import type { ConditionValues } from "./operation.ts";

const account = "111122223333";

function allowed(statements: readonly object[], conditions: ConditionValues): boolean {
  const text = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  const caller = {
    principal: {
      type: "User" as const,
      arn: `arn:aws:iam::${account}:user/a`,
      account,
      userId: "AIDA",
    },
    accessKeyId: "AKIA",
    identityPolicies: [
      compilePolicy(parsePolicy(text, "identity"), { kind: "identity", name: "p" }),
    ],
    tags: {},
    versions: [],
  };
  const connection = { sourceIp: "192.0.2.1", userAgent: "", host: "", secure: false };
  const context = CallContext.direct(caller, {
    region: "us-east-1",
    requestId: "",
    time: new Date(0),
    connection,
  });
  const question = {
    action: "kms:TagResource",
    resource: "*",
    policies: {},
    conditions: () => conditions,
  };
  return decideFor(context, question).decision.allowed;
}

const allow = (condition: object = {}) => ({
  Effect: "Allow",
  Action: "*",
  Resource: "*",
  ...condition,
});
const deny = (condition: object) => ({ Effect: "Deny", Action: "*", Resource: "*", ...condition });

describe("names that differ only by case", () => {
  test("cannot hide a tag from a deny", () => {
    const policy = [
      allow(),
      deny({ Condition: { StringEquals: { "aws:ResourceTag/Environment": "prod" } } }),
    ];
    const tags = { "aws:ResourceTag/Environment": "prod", "aws:ResourceTag/environment": "dev" };
    assert.equal(allowed(policy, tags), false);
  });

  test("cannot pass an allow that expects one value", () => {
    const policy = [
      allow({ Condition: { StringEquals: { "aws:RequestTag/Environment": "dev" } } }),
    ];
    assert.equal(allowed(policy, { "aws:RequestTag/Environment": "dev" }), true);
    const both = { "aws:RequestTag/Environment": "prod", "aws:RequestTag/environment": "dev" };
    assert.equal(allowed(policy, both), false);
  });

  test("cannot satisfy a negated deny by a second pair of the encryption context", () => {
    const policy = [
      allow(),
      deny({ Condition: { StringNotEquals: { "kms:EncryptionContext:tenant": "acme" } } }),
    ];
    assert.equal(allowed(policy, { "kms:EncryptionContext:tenant": "acme" }), true);
    const both = {
      "kms:EncryptionContext:tenant": "victim",
      "kms:EncryptionContext:Tenant": "acme",
    };
    assert.equal(allowed(policy, both), false);
  });

  test("only the letters A to Z are folded", () => {
    const policy = [
      allow(),
      deny({ Condition: { StringEquals: { "kms:EncryptionContext:key": "secret" } } }),
    ];
    const kelvin = { "kms:EncryptionContext:key": "secret", "kms:EncryptionContext:\u212Aey": "x" };
    assert.equal(allowed(policy, kelvin), false);
  });
});
