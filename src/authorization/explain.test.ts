import * as assert from "node:assert/strict";
import { test } from "node:test";
import type { Denial } from "./decide.ts";
import { denialMessage, describe } from "./explain.ts";
import type { AuthorizationRequest } from "./request.ts";
import type { Layer } from "./statement.ts";

const request: AuthorizationRequest = {
  principal: {
    type: "AssumedRole",
    arn: "arn:aws:sts::111122223333:assumed-role/app/s",
    account: "111122223333",
    userId: "AROAEXAMPLEEXAMPLE:s",
  },
  action: "kms:Decrypt",
  resource: "arn:aws:kms:us-east-1:111122223333:key/1",
  conditions: new Map(),
};
const start =
  "User: arn:aws:sts::111122223333:assumed-role/app/s is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:111122223333:key/1";

const explicit = (layer: Layer, arn?: string): Denial => ({
  kind: "explicit-deny",
  by: { kind: "statement", layer, policy: "p", index: 1, ...(arn === undefined ? {} : { arn }) },
});

const layers: readonly (readonly [Layer, missing: string, denying: string])[] = [
  ["identity", "no identity-based policy", "an identity-based policy"],
  ["resource", "no resource-based policy", "a resource-based policy"],
  ["boundary", "no permissions boundary", "a permissions boundary"],
  ["session", "no session policy", "a session policy"],
  ["serviceControl", "no service control policy", "a service control policy"],
  ["trust", "no role trust policy", "the role trust policy"],
];
for (const [layer, missing, denying] of layers)
  test(`AWS's words for the layer ${layer}`, () => {
    assert.equal(
      denialMessage(request, { kind: "no-allow", layer }),
      `${start} because ${missing} allows the kms:Decrypt action`,
    );
    assert.equal(
      denialMessage(request, explicit(layer)),
      `${start} with an explicit deny in ${denying}`,
    );
  });

test("the ARN of the denying policy follows where it has one", () => {
  const arn = "arn:aws:organizations::111122223333:policy/o-1/service_control_policy/p-1";
  assert.equal(
    denialMessage(request, explicit("serviceControl", arn)),
    `${start} with an explicit deny in a service control policy: ${arn}`,
  );
});

test("an operation without a resource is about `*`", () => {
  const message = denialMessage(
    { ...request, resource: "*" },
    { kind: "no-allow", layer: "identity" },
  );
  assert.match(message, / on resource: \* because /);
});

test("a decision names the statement, its Sid and the key policy", () => {
  const by = {
    kind: "statement",
    layer: "resource",
    policy: "default",
    index: 2,
    sid: "Allow use",
  } as const;
  assert.equal(
    describe({ allowed: true, because: { kind: "allow", by: [by] } }),
    "allowed by statement 2 (`Allow use`) of the key policy",
  );
  assert.equal(
    describe({ allowed: false, because: { kind: "explicit-deny", by } }),
    "denied by statement 2 (`Allow use`) of the key policy",
  );
});
