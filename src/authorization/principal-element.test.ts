import * as assert from "node:assert/strict";
import { test } from "node:test";
import type { PrincipalElement, Reach } from "./principal-element.ts";
import { compileNotPrincipal, compilePrincipal } from "./principal-element.ts";
import type { Principal } from "./request.ts";

const account = "111122223333";
const root = "arn:aws:iam::111122223333:root";
const ann = "arn:aws:iam::111122223333:user/ann";
const role = "arn:aws:iam::111122223333:role/app";
const session = "arn:aws:sts::111122223333:assumed-role/app/s1";
const federated = "arn:aws:sts::111122223333:federated-user/fred";

const callers = {
  root: { type: "Root", arn: root, account, userId: account },
  ann: { type: "User", arn: ann, account, userId: "AIDAEXAMPLEEXAMPLE" },
  session: {
    type: "AssumedRole",
    arn: session,
    account,
    userId: "AROAEXAMPLEEXAMPLE:s1",
    roleArn: role,
  },
  fred: { type: "FederatedUser", arn: federated, account, userId: `${account}:fred` },
  s3: { type: "Service", arn: "s3.amazonaws.com", account, userId: "s3.amazonaws.com" },
} as const satisfies Readonly<Record<string, Principal>>;

type Caller = keyof typeof callers;
type Row = readonly [element: PrincipalElement, reach: Readonly<Partial<Record<Caller, Reach>>>];

const direct = "direct";
const everyone = { root: direct, ann: direct, session: direct, fred: direct, s3: direct } as const;
const rows: readonly Row[] = [
  [{ AWS: "*" }, everyone],
  [{ AWS: root }, { root: direct, ann: "account", session: "account", fred: "account" }],
  [{ AWS: "arn:aws:iam::444455556666:root" }, {}],
  [{ AWS: ann }, { ann: direct }],
  [{ AWS: "AIDAEXAMPLEEXAMPLE" }, { ann: direct }],
  [{ AWS: "arn:aws:iam::111122223333:user/Ann" }, {}],
  [{ AWS: role }, { session: "role" }],
  [{ AWS: "AROAEXAMPLEEXAMPLE" }, { session: "role" }],
  [{ AWS: session }, { session: direct }],
  [{ AWS: "AROAEXAMPLEEXAMPLE:s1" }, { session: direct }],
  [{ AWS: "AROAEXAMPLEEXAMPLE:s2" }, {}],
  [
    { AWS: [root, role, session] },
    { root: direct, ann: "account", session: direct, fred: "account" },
  ],
  [{ AWS: [root, role] }, { root: direct, ann: "account", session: "role", fred: "account" }],
  [{ AWS: federated }, { fred: direct }],
  [{ Federated: federated }, { fred: direct }],
  [{ Service: ["ec2.amazonaws.com", "s3.amazonaws.com"] }, { s3: direct }],
  [
    { AWS: ann, Service: "s3.amazonaws.com" },
    { ann: direct, s3: direct },
  ],
];

for (const [element, reach] of rows)
  for (const [name, caller] of Object.entries(callers)) {
    const wanted = Object.entries(reach).find(([each]) => each === name)?.[1];
    test(`${JSON.stringify(element)} reaches ${name}: ${wanted}`, () => {
      assert.equal(compilePrincipal(element)(caller), wanted);
    });
  }

test("NotPrincipal takes out whom it names, with the sessions of a role", () => {
  for (const effect of ["Allow", "Deny"] as const) {
    const applies = compileNotPrincipal({ AWS: [ann, role] }, effect);
    assert.equal(applies(callers.ann), undefined);
    assert.equal(applies(callers.session), undefined);
    assert.equal(applies(callers.fred), "direct");
    assert.equal(applies(callers.s3), "direct");
  }
});

test("a root ARN in NotPrincipal spares only the root user from a Deny, and keeps the account out of an Allow", () => {
  assert.equal(compileNotPrincipal({ AWS: root }, "Deny")(callers.ann), "direct");
  assert.equal(compileNotPrincipal({ AWS: root }, "Deny")(callers.root), undefined);
  assert.equal(compileNotPrincipal({ AWS: root }, "Allow")(callers.ann), undefined);
});

test("a federated user is reached by the user of whom it is, as a session by its role", () => {
  const { fred } = callers;
  const issuer = { arn: ann, userId: "AIDAEXAMPLEEXAMPLE" };
  for (const name of [ann, issuer.userId])
    assert.equal(compilePrincipal({ AWS: name })({ ...fred, issuer }), "role");
  assert.equal(compilePrincipal({ AWS: ann })(fred), undefined);
  assert.equal(compilePrincipal({ AWS: root })({ ...fred, issuer }), "account");
});

test("who has a permissions boundary is never spared by NotPrincipal from a Deny", () => {
  assert.equal(compileNotPrincipal({ AWS: ann }, "Deny")(callers.ann, true), "direct");
  assert.equal(compileNotPrincipal({ AWS: ann }, "Allow")(callers.ann, true), undefined);
});
