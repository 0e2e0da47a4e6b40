import * as assert from "node:assert/strict";
import { IntegrityError } from "../../src/base/errors.ts";
import type { Database } from "../../src/database/database.ts";
import { Domains } from "../../src/database/domains.ts";
import { migrate } from "../../src/database/migrate.ts";
import { sql } from "../../src/database/sql.ts";
import { databaseMigrations } from "../../src/database/tables.ts";
import type { Domain } from "../../src/keystore/domain.ts";
import { RootKey } from "../../src/keystore/root.ts";
import type { Account, Group, User } from "../../src/services/iam/model/identity.ts";
import {
  eraseAccessKeyUse,
  listAccessKeyUses,
  readAccessKeyUse,
  storeAccessKeyUse,
} from "../../src/services/iam/tables/access-key-uses.ts";
import {
  accountVersion,
  insertEntity,
  renameEntity,
  replaceAccount,
  replaceEntity,
} from "../../src/services/iam/tables/changes.ts";
import {
  readCredentialReport,
  storeCredentialReport,
} from "../../src/services/iam/tables/credential-reports.ts";
import { IdentityTables, wrapSecret } from "../../src/services/iam/tables/identities.ts";
import { iamMigrations, identityVersions } from "../../src/services/iam/tables/schema.ts";
import { onEveryEngine } from "../support/engines.ts";

const root = RootKey.generate();
const id = "111122223333";
const at = new Date(1_700_000_000_123);
const account: Account = { account: id, name: "acme", createdAt: at, version: 1 };

interface Store {
  readonly domain: Domain;
  readonly tables: IdentityTables;
}

async function newStore(database: Database): Promise<Store> {
  await migrate(database, [...databaseMigrations, ...iamMigrations]);
  const tables = new IdentityTables(database, new Domains(root, database));
  const { domain, change } = await tables.insertAccount(account);
  await database.apply(change.writes);
  return { domain, tables };
}

const versionsIn = async (database: Database) =>
  (await database.read(...identityVersions)).flat().map((row) => ({ ...row }));

const newUser = ({ domain }: Store, name: string, more: Partial<User> = {}): User => ({
  account: id,
  name,
  path: "/",
  userId: `AIDA${name}`,
  createdAt: at,
  groups: [],
  tags: {},
  managedPolicies: [],
  inlinePolicies: {},
  version: 1,
  accessKeys: [
    {
      id: `AKIA${name}`,
      createdAt: at,
      status: "Active",
      wrappedSecret: wrapSecret(domain, `AKIA${name}`, "secret"),
    },
  ],
  ...more,
});

const newGroup = (name: string): Group => ({
  account: id,
  name,
  path: "/",
  groupId: `AGPA${name}`,
  createdAt: at,
  managedPolicies: [],
  inlinePolicies: {},
  version: 1,
});

onEveryEngine("an account counts its versions from its first change on", async (database) => {
  const { domain, tables } = await newStore(database);
  assert.deepEqual(await versionsIn(database), []);
  assert.equal(accountVersion(account).version, 0);
  const next: Account = {
    ...account,
    alias: "acme",
    passwordPolicy: {
      minimumLength: 12,
      symbols: true,
      numbers: false,
      uppercase: true,
      lowercase: false,
      change: true,
      maxAge: 90,
    },
  };
  const change = replaceAccount(account, next, domain);
  await database.apply(change.writes);
  assert.deepEqual(await tables.findAccount(id), { ...next, version: 2 });
  assert.deepEqual(await versionsIn(database), [{ aggregate: `account/${id}`, version: 1 }]);
  assert.deepEqual(change.versions, [{ aggregate: `account/${id}`, version: 1 }]);
  assert.equal(await tables.isAliasTaken("acme"), true);
  assert.equal(await tables.isAliasTaken("other"), false);
});

onEveryEngine("a login profile comes back with the passwords before it", async (database) => {
  const store = await newStore(database);
  const login = {
    wrappedHash: Buffer.from("now"),
    createdAt: at,
    changedAt: new Date(at.getTime() + 5),
    resetRequired: true,
    earlier: [Buffer.from("before"), Buffer.from("long before")],
  };
  const user = newUser(store, "alice", { login });
  await database.apply(insertEntity("user", user, store.domain).writes);
  const found = await store.tables.find("user", id, "alice");
  assert.deepEqual(structuredClone(found?.login), structuredClone(login));
  for (const change of [
    sql`UPDATE users SET earlier_passwords = NULL`,
    sql`UPDATE users SET password_changed_at = NULL`,
    sql`UPDATE users SET password_hash = NULL, password_created_at = NULL, password_reset = NULL`,
  ]) {
    await database.apply([
      { statement: sql`DELETE FROM users`, rows: "any" },
      { statement: sql`DELETE FROM access_keys`, rows: "any" },
      ...insertEntity("user", user, store.domain).writes,
      { statement: change, rows: 1 },
    ]);
    await assert.rejects(store.tables.find("user", id, "alice"), IntegrityError);
  }
});

onEveryEngine(
  "the members of a group are those whose list holds its very name",
  async (database) => {
    const store = await newStore(database);
    const groups = { a: ["x_y"], b: ["xay"], c: ["X_Y", "x_y2"], d: ["other", "x_y"] };
    for (const [name, list] of Object.entries(groups))
      await database.apply(
        insertEntity("user", newUser(store, name, { groups: list }), store.domain).writes,
      );
    const members = await store.tables.members(id, "x_y");
    assert.deepEqual(
      members.map(({ name, accessKeys }) => [name, accessKeys[0]?.id]),
      [
        ["a", "AKIAa"],
        ["d", "AKIAd"],
      ],
    );
    assert.deepEqual(await store.tables.members("444455556666", "x_y"), []);
  },
);

onEveryEngine("entities are counted without the root user", async (database) => {
  const store = await newStore(database);
  for (const name of ["", "a", "b"])
    await database.apply(insertEntity("user", newUser(store, name), store.domain).writes);
  await database.apply(insertEntity("group", newGroup("g"), store.domain).writes);
  assert.equal(await store.tables.count("user", id), 2);
  assert.equal(await store.tables.count("group", id), 1);
  assert.equal(await store.tables.count("role", id), 0);
});

onEveryEngine("a renamed user moves with its keys, its old name is free", async (database) => {
  const store = await newStore(database);
  const before = newUser(store, "Old");
  await database.apply(insertEntity("user", before, store.domain).writes);
  const after = { ...before, name: "old", version: 99 };
  const change = renameEntity("user", before, after, store.domain);
  await database.apply(change.writes);
  assert.deepEqual(change.versions, [
    { aggregate: `user/${id}/Old`, version: 0 },
    { aggregate: `user/${id}/old`, version: 99 },
  ]);
  assert.deepEqual(await versionsIn(database), [{ aggregate: `user/${id}/old`, version: 99 }]);
  assert.equal(await store.tables.find("user", id, "Old"), undefined);
  assert.deepEqual(await store.tables.findAccessKeyOwner("AKIAOld"), { account: id, name: "old" });
  const next = replaceEntity("user", after, { ...after, tags: { a: "b" } }, store.domain);
  await database.apply(next.writes);
  assert.deepEqual({ ...(await store.tables.find("user", id, "old"))?.tags }, { a: "b" });
});

onEveryEngine("the last use of an access key comes back until it is erased", async (database) => {
  const { domain } = await newStore(database);
  const key = { account: id, id: "AKIA1" };
  assert.equal(await readAccessKeyUse(database, "AKIA1", domain), undefined);
  for (const use of [
    { at, service: "kms", region: "us-east-1" },
    { at: new Date(at.getTime() + 1), service: "iam", region: "eu-west-1" },
  ]) {
    await database.apply(storeAccessKeyUse(key, use, domain).writes);
    assert.deepEqual(await readAccessKeyUse(database, "AKIA1", domain), use);
    assert.deepEqual([...(await listAccessKeyUses(database, id, domain))], [["AKIA1", use]]);
  }
  assert.equal((await listAccessKeyUses(database, "444455556666", domain)).size, 0);
  for (const change of [
    sql`UPDATE access_key_uses SET used_at = used_at - 1`,
    sql`UPDATE access_key_uses SET region = 'us-east-1'`,
    sql`UPDATE access_key_uses SET access_key_id = 'AKIA2'`,
  ]) {
    await database.apply([
      { statement: sql`DELETE FROM access_key_uses`, rows: "any" },
      ...storeAccessKeyUse(key, { at, service: "kms", region: "x" }, domain).writes,
      { statement: change, rows: 1 },
    ]);
    await assert.rejects(listAccessKeyUses(database, id, domain), IntegrityError);
  }
  for (let times = 0; times < 2; times++)
    await database.apply([
      ...eraseAccessKeyUse("AKIA1").writes,
      ...eraseAccessKeyUse("AKIA2").writes,
    ]);
  assert.equal((await listAccessKeyUses(database, id, domain)).size, 0);
});

onEveryEngine("a credential report comes back until the next takes its place", async (database) => {
  const { domain } = await newStore(database);
  assert.equal(await readCredentialReport(database, id, domain), undefined);
  for (const content of ["user,arn\n", "user,arn\né"]) {
    const report = { generatedAt: at, content };
    await database.apply(storeCredentialReport(id, report, domain).writes);
    assert.deepEqual(await readCredentialReport(database, id, domain), report);
  }
  const forged = sql`UPDATE credential_reports SET content = 'nobody'`;
  await database.apply([{ statement: forged, rows: 1 }]);
  await assert.rejects(readCredentialReport(database, id, domain), IntegrityError);
});
