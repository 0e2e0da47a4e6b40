import * as assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { FoundGrant, GrantTerms } from "./grants.ts";
import { findGrant } from "./grants.ts";
import { reachRank } from "./principal-element.ts";
import type { AuthorizationRequest, Principal } from "./request.ts";

const account = "111122223333";
const root = `arn:aws:iam::${account}:root`;
const ann = { arn: `arn:aws:iam::${account}:user/ann`, userId: "AIDAANN" };
const role = { arn: `arn:aws:iam::${account}:role/app`, userId: "AROAAPP" };
const principals: readonly Principal[] = [
  { type: "User", account, ...ann },
  {
    type: "AssumedRole",
    account,
    arn: `arn:aws:sts::${account}:assumed-role/app/s`,
    userId: `${role.userId}:s`,
    roleArn: role.arn,
  },
  { type: "Root", account, arn: root, userId: account },
  {
    type: "FederatedUser",
    account,
    arn: `arn:aws:sts::${account}:federated-user/guest`,
    userId: `${account}:guest`,
    issuer: ann,
  },
  { type: "Service", account, arn: "s3.amazonaws.com", userId: "s3" },
];
const names = [
  ...principals.flatMap(({ arn, userId }) => [arn, userId]),
  role.arn,
  role.userId,
  "arn:aws:iam::444455556666:root",
];
const terms = fc.record({
  // Mostly of others, as on a key with very many grants.
  granteePrincipal: fc.oneof(
    { weight: 6, arbitrary: fc.constant("AIDAOTHER") },
    fc.constantFrom(...names),
  ),
  retiringPrincipal: fc.option(fc.constantFrom("AIDAOTHER", ...names), { nil: undefined, freq: 8 }),
  operations: fc.subarray(["Decrypt", "Encrypt", "RetireGrant"]),
});

/** The rule of findGrant over each grant by itself. */
function oneByOne(
  grants: readonly GrantTerms[],
  request: AuthorizationRequest,
): FoundGrant | undefined {
  let best: FoundGrant | undefined;
  for (const grant of grants) {
    const found = findGrant([grant], request);
    if (found === undefined) continue;
    if (best === undefined || reachRank[found.reach] > reachRank[best.reach]) best = found;
  }
  return best;
}

test("of very many grants the same one is found as when each is looked at", () => {
  fc.assert(
    fc.property(
      fc.array(terms, { minLength: 60, maxLength: 200, size: "max" }),
      fc.constantFrom(...principals),
      fc.constantFrom("Decrypt", "RetireGrant", "Sign"),
      (list, principal, grantOperation) => {
        const grants = list.map(
          ({ retiringPrincipal, ...each }, index): GrantTerms => ({
            ...each,
            ...(retiringPrincipal === undefined ? {} : { retiringPrincipal }),
            grantId: `g${index}`,
          }),
        );
        const request: AuthorizationRequest = {
          principal,
          action: `kms:${grantOperation}`,
          resource: "arn:aws:kms:us-east-1:111122223333:key/1",
          conditions: new Map(),
          grantOperation,
        };
        assert.deepEqual(findGrant(grants, request), oneByOne(grants, request));
      },
    ),
    { numRuns: 1_000 },
  );
});
