import * as assert from "node:assert/strict";
import { test } from "node:test";
import { IntegrityError } from "../../src/base/errors.ts";
import { createDomain } from "../../src/keystore/domain.ts";
import { RootKey } from "../../src/keystore/root.ts";
import type { Account, LoginProfile, User } from "../../src/services/iam/model/identity.ts";
import { isPasswordOf, newPassword } from "../../src/services/iam/passwords.ts";

const at = new Date(0);
const account: Account = { account: "111122223333", name: "", createdAt: at, version: 1 };
const { domain } = createDomain(RootKey.generate(), {
  account: account.account,
  region: "aws-global",
  epoch: 1,
});
const user: User = {
  account: account.account,
  name: "alice",
  path: "/",
  userId: "AIDAALICE",
  createdAt: at,
  groups: [],
  tags: {},
  managedPolicies: [],
  inlinePolicies: {},
  version: 1,
  accessKeys: [],
};

const profile = (wrappedHash: Uint8Array): LoginProfile => ({
  wrappedHash,
  createdAt: at,
  changedAt: at,
  resetRequired: false,
  earlier: [],
});
const stored = (phc: string): LoginProfile =>
  profile(domain.wrap(["password-hash", user.userId], Buffer.from(phc, "utf8")));

/** From the tests of Argon2's reference implementation (test.c, version 0x13, Argon2id). */
const published = [
  {
    password: "password",
    phc: "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
  },
  {
    password: "password",
    phc: "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
  },
  {
    password: "differentpassword",
    phc: "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$C4TWUs9rDEvq7w3+J4umqA32aWKB1+DSiRuBfYxFj94",
  },
];

test("a stored hash is Argon2id in PHC string format", async () => {
  for (const { password, phc } of published) {
    assert.equal(await isPasswordOf(user, password, stored(phc), domain), true, phc);
    assert.equal(await isPasswordOf(user, `${password}x`, stored(phc), domain), false, phc);
  }
});

test("a new hash names its cost, and opens for its password and its user only", async () => {
  const { wrappedHash } = await newPassword(user, "Correct-horse-1", account, domain);
  const phc = domain.unwrap(["password-hash", user.userId], wrappedHash).toString("utf8");
  assert.match(phc, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  assert.equal(await isPasswordOf(user, "Correct-horse-1", profile(wrappedHash), domain), true);
  assert.equal(await isPasswordOf(user, "Correct-horse-2", profile(wrappedHash), domain), false);
  const other = { ...user, userId: "AIDABOB" };
  await assert.rejects(
    isPasswordOf(other, "Correct-horse-1", profile(wrappedHash), domain),
    IntegrityError,
  );
});

test("another format is refused", async () => {
  for (const phc of ["", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR", "Correct-horse-1"])
    await assert.rejects(isPasswordOf(user, phc, stored(phc), domain), IntegrityError);
});
