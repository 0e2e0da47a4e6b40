import * as assert from "node:assert/strict";
import { test } from "node:test";
import type { GrantTerms } from "./grants.ts";
import { findGrant, isAsStrict } from "./grants.ts";
import type { AuthorizationRequest, GrantConstraints, Principal } from "./request.ts";

const account = "111122223333";
const role = "arn:aws:iam::111122223333:role/app";
const ann: Principal = {
  type: "User",
  arn: "arn:aws:iam::111122223333:user/ann",
  account,
  userId: "AIDAEXAMPLEEXAMPLE",
};
const session: Principal = {
  type: "AssumedRole",
  arn: "arn:aws:sts::111122223333:assumed-role/app/s",
  account,
  userId: "AROAEXAMPLEEXAMPLE:s",
  roleArn: role,
};
const root: Principal = {
  type: "Root",
  arn: `arn:aws:iam::${account}:root`,
  account,
  userId: account,
};
const guest: Principal = {
  type: "FederatedUser",
  arn: "arn:aws:sts::111122223333:federated-user/guest",
  account,
  userId: `${account}:guest`,
  issuer: { arn: ann.arn, userId: ann.userId },
};
const s3: Principal = { type: "Service", arn: "s3.amazonaws.com", account, userId: "s3" };

const grant: GrantTerms = { grantId: "g1", granteePrincipal: ann.arn, operations: ["Decrypt"] };

function request(overrides: Partial<AuthorizationRequest> = {}): AuthorizationRequest {
  return {
    principal: ann,
    action: "kms:Decrypt",
    resource: "arn:aws:kms:us-east-1:111122223333:key/1",
    conditions: new Map(),
    grantOperation: "Decrypt",
    ...overrides,
  };
}

function found(terms: Partial<GrantTerms>, overrides: Partial<AuthorizationRequest> = {}) {
  return findGrant([{ ...grant, ...terms }], request(overrides))?.reach;
}

const grantees: readonly (readonly [
  grantee: string,
  Principal,
  "direct" | "role" | "account" | undefined,
])[] = [
  [ann.arn, ann, "direct"],
  [ann.arn, session, undefined],
  [session.arn, session, "direct"],
  [role, session, "role"],
  [role, ann, undefined],
  [ann.userId, ann, "direct"],
  [ann.userId, session, undefined],
  [session.userId, session, "direct"],
  ["AROAEXAMPLEEXAMPLE", session, "role"],
  ["AROAEXAMPLEEXAMPLE:t", session, undefined],
  [guest.arn, guest, "direct"],
  [ann.arn, guest, "role"],
  [ann.userId, guest, "role"],
  [role, guest, undefined],
  [root.arn, guest, "account"],
  [root.arn, root, "direct"],
  [root.arn, ann, "account"],
  [root.arn, s3, undefined],
  ["arn:aws:iam::444455556666:root", ann, undefined],
  ["s3.amazonaws.com", s3, "direct"],
  ["ec2.amazonaws.com", s3, undefined],
];
for (const [granteePrincipal, principal, reach] of grantees)
  test(`a grant to ${granteePrincipal} reaches ${principal.arn}: ${reach}`, () => {
    assert.equal(found({ granteePrincipal }, { principal }), reach);
  });

test("a grant allows its operations only, and none that is not grantable", () => {
  assert.equal(found({}, { grantOperation: "Encrypt" }), undefined);
  assert.equal(findGrant([grant], { ...request(), grantOperation: "decrypt" }), undefined);
  const { grantOperation: _, ...plain } = request();
  assert.equal(findGrant([grant], plain), undefined);
});

test("a grant to a session goes before one to its role, and that before one to its account", () => {
  const toAccount = { ...grant, grantId: "g0", granteePrincipal: root.arn };
  const toRole = { ...grant, grantId: "g2", granteePrincipal: role };
  const toSession = { ...grant, grantId: "g3", granteePrincipal: session.arn };
  const asked = request({ principal: session });
  assert.equal(findGrant([toAccount, toRole, toSession], asked)?.grantId, "g3");
  assert.equal(findGrant([toAccount, toRole], asked)?.grantId, "g2");
  assert.equal(findGrant([toRole, toAccount], asked)?.grantId, "g2");
});

test("a grant to the principal goes before one to its account", () => {
  const toAccount = { ...grant, grantId: "g0", granteePrincipal: root.arn };
  assert.deepEqual(findGrant([toAccount, grant], request()), { grantId: "g1", reach: "direct" });
  assert.deepEqual(findGrant([toAccount], request()), { grantId: "g0", reach: "account" });
});

type Context = Readonly<Record<string, string>>;
const contexts: readonly (readonly [GrantConstraints, Context | undefined, boolean])[] = [
  [{ EncryptionContextEquals: { a: "1", b: "2" } }, { b: "2", a: "1" }, true],
  [{ EncryptionContextEquals: { a: "1" } }, { a: "1", b: "2" }, false],
  [{ EncryptionContextEquals: { a: "1", b: "2" } }, { a: "1" }, false],
  [{ EncryptionContextEquals: { a: "1" } }, { A: "1" }, false],
  [{ EncryptionContextEquals: {} }, undefined, true],
  [{ EncryptionContextEquals: {} }, { a: "1" }, false],
  [{ EncryptionContextSubset: { a: "1" } }, { a: "1", b: "2" }, true],
  [{ EncryptionContextSubset: { a: "1" } }, { a: "2" }, false],
  [{ EncryptionContextSubset: { a: "1" } }, undefined, false],
  [{ EncryptionContextSubset: { toString: "1" } }, { a: "1" }, false],
  [{ EncryptionContextEquals: { a: "1" }, EncryptionContextSubset: { a: "1" } }, { a: "1" }, true],
  [{ EncryptionContextEquals: { a: "1" }, EncryptionContextSubset: { b: "2" } }, { a: "1" }, false],
];
for (const [constraints, encryptionContext, allowed] of contexts)
  test(`${JSON.stringify(constraints)} ${allowed ? "allows" : "refuses"} ${JSON.stringify(encryptionContext)}`, () => {
    const overrides = encryptionContext === undefined ? {} : { encryptionContext };
    assert.equal(found({ constraints }, overrides), allowed ? "direct" : undefined);
  });

test("context constraints do not apply to DescribeKey and RetireGrant", () => {
  for (const operation of ["DescribeKey", "RetireGrant"]) {
    const constraints = { EncryptionContextEquals: { a: "1" } };
    const terms = { constraints, operations: [operation] };
    assert.equal(found(terms, { grantOperation: operation }), "direct");
  }
});

test("SourceArn is compared exactly, applies to DescribeKey, and not to RetireGrant", () => {
  const source = "arn:aws:s3:us-east-1:111122223333:b";
  const operations = ["Decrypt", "DescribeKey", "RetireGrant"];
  const terms = { constraints: { SourceArn: source }, operations };
  const from = (arn: string) => new Map([["aws:sourcearn", [arn]]]);
  assert.equal(found(terms, { conditions: from(source) }), "direct");
  assert.equal(found(terms, { conditions: from(`${source}x`) }), undefined);
  assert.equal(found(terms), undefined);
  assert.equal(found(terms, { grantOperation: "DescribeKey" }), undefined);
  assert.equal(found(terms, { grantOperation: "RetireGrant" }), "direct");
});

test("the retiring principal may retire a grant, and nothing else", () => {
  const terms = { granteePrincipal: role, retiringPrincipal: ann.arn };
  assert.equal(found(terms, { grantOperation: "RetireGrant" }), "direct");
  assert.equal(found(terms), undefined);
  assert.equal(found({ granteePrincipal: role }, { grantOperation: "RetireGrant" }), undefined);
});

test("CreateGrant through a grant needs a new grant that is as strict", () => {
  const terms = {
    operations: ["CreateGrant", "Decrypt"],
    constraints: { EncryptionContextSubset: { a: "1" } },
  };
  const create = { grantOperation: "CreateGrant" };
  const newGrant = {
    operations: ["Decrypt"],
    constraints: { EncryptionContextEquals: { a: "1" } },
  };
  assert.equal(found(terms, { ...create, newGrant }), "direct");
  assert.equal(found(terms, create), undefined);
  assert.equal(found(terms, { ...create, newGrant: { operations: ["Decrypt"] } }), undefined);
  const wider = { ...newGrant, operations: ["Decrypt", "Encrypt"] };
  assert.equal(found(terms, { ...create, newGrant: wider }), undefined);
});

const exact = (pairs: Context): GrantConstraints => ({ EncryptionContextEquals: pairs });
const subset = (pairs: Context): GrantConstraints => ({ EncryptionContextSubset: pairs });
const strictness: readonly (readonly [GrantConstraints, GrantConstraints, boolean])[] = [
  [{}, {}, true],
  [exact({ a: "1" }), {}, true],
  [{}, exact({ a: "1" }), false],
  [{}, subset({ a: "1" }), false],
  [exact({ a: "1" }), exact({ a: "1" }), true],
  [exact({ a: "1", b: "2" }), exact({ a: "1" }), false],
  [exact({ a: "1", b: "2" }), subset({ a: "1" }), true],
  [exact({ b: "2" }), subset({ a: "1" }), false],
  [subset({ a: "1", b: "2" }), subset({ a: "1" }), true],
  [subset({ a: "1" }), subset({ a: "1", b: "2" }), false],
  [subset({ a: "1" }), exact({ a: "1" }), false],
  [{ SourceArn: "x" }, { SourceArn: "x" }, true],
  [{ SourceArn: "y" }, { SourceArn: "x" }, false],
  [{}, { SourceArn: "x" }, false],
  [{ SourceArn: "x", ...exact({ a: "1" }) }, exact({ a: "1" }), true],
];
for (const [child, parent, strict] of strictness)
  test(`${JSON.stringify(child)} is ${strict ? "" : "not "}as strict as ${JSON.stringify(parent)}`, () => {
    const operations = ["Decrypt"];
    const answer = isAsStrict(
      { operations, constraints: child },
      { operations, constraints: parent },
    );
    assert.equal(answer, strict);
  });
