import * as assert from "node:assert/strict";
import { IntegrityError } from "../../src/base/errors.ts";
import { joinChanges, WriteConflict } from "../../src/database/commit.ts";
import type { Database } from "../../src/database/database.ts";
import { Domains } from "../../src/database/domains.ts";
import { migrate } from "../../src/database/migrate.ts";
import { sql } from "../../src/database/sql.ts";
import { databaseMigrations } from "../../src/database/tables.ts";
import type { Domain } from "../../src/keystore/domain.ts";
import { RootKey } from "../../src/keystore/root.ts";
import { CredentialCache } from "../../src/services/iam/credentials.ts";
import type { Group, ManagedPolicy, User } from "../../src/services/iam/model/identity.ts";
import { insertEntity } from "../../src/services/iam/tables/changes.ts";
import { IdentityTables, wrapSecret } from "../../src/services/iam/tables/identities.ts";
import { iamMigrations } from "../../src/services/iam/tables/schema.ts";
import { onEveryEngine } from "../support/engines.ts";
import { withoutOrganizations } from "../support/guard-rails.ts";

const root = RootKey.generate();
const account = "111122223333";
const at = new Date(1_700_000_000_123);
const policy =
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}';

interface Store {
  readonly domain: Domain;
  fresh(): IdentityTables;
}

async function newStore(database: Database, ...accounts: readonly string[]): Promise<Store> {
  await migrate(database, [...databaseMigrations, ...iamMigrations]);
  const fresh = (): IdentityTables => new IdentityTables(database, new Domains(root, database));
  for (const each of [account, ...accounts]) {
    const { change } = await fresh().insertAccount({
      account: each,
      name: "é",
      createdAt: at,
      version: 1,
    });
    await database.apply(change.writes);
  }
  const domain = await new Domains(root, database).find(account, "aws-global");
  assert.ok(domain !== undefined);
  return { domain, fresh };
}

function user({ domain }: Store, name: string, extra: Partial<User> = {}): User {
  return {
    account,
    name,
    path: "/",
    userId: `AIDA${name}`,
    createdAt: at,
    groups: [],
    tags: {},
    managedPolicies: [],
    inlinePolicies: {},
    version: 1,
    accessKeys: ["1", "2"].map((index) => ({
      id: `AKIA${name}${index}`,
      createdAt: at,
      status: index === "1" ? "Active" : "Inactive",
      wrappedSecret: wrapSecret(domain, `AKIA${name}${index}`, `secret ${name}${index}`),
    })),
    ...extra,
  };
}

const group: Group = {
  account,
  name: "group",
  path: "/",
  groupId: "AGPA",
  createdAt: at,
  managedPolicies: [`arn:aws:iam::${account}:policy/managed`],
  inlinePolicies: {},
  version: 3,
};
const managed: ManagedPolicy = {
  account,
  name: "managed",
  path: "/",
  policyId: "ANPA",
  description: "",
  createdAt: at,
  updatedAt: at,
  tags: {},
  versions: [{ id: "v1", document: policy, createdAt: at }],
  defaultVersionId: "v1",
  lastVersion: 1,
  version: 5,
};

onEveryEngine(
  "accounts, users, groups and policies come back as they were stored",
  async (database) => {
    const store = await newStore(database);
    const stored = user(store, "alice", {
      groups: ["group"],
      tags: { __proto__x: "é", "": "" },
      managedPolicies: ["arn:aws:iam::aws:policy/AdministratorAccess"],
      inlinePolicies: { inline: policy },
    });
    await database.apply(
      joinChanges([
        insertEntity("user", stored, store.domain),
        insertEntity("group", group, store.domain),
        insertEntity("policy", managed, store.domain),
      ]).writes,
    );
    const tables = store.fresh();
    assert.deepEqual(await tables.findAccount(account), {
      account,
      name: "é",
      createdAt: at,
      version: 1,
    });
    assert.deepEqual(plain(await tables.find("user", account, "alice")), plain(stored));
    assert.deepEqual(plain(await tables.find("group", account, "group")), plain(group));
    assert.deepEqual(plain(await tables.find("policy", account, "managed")), plain(managed));
    assert.deepEqual(await tables.findAccessKeyOwner("AKIAalice2"), { account, name: "alice" });
    const [key] = stored.accessKeys;
    assert.ok(key !== undefined);
    assert.equal((await tables.openSecret(account, key)).toString(), "secret alice1");
  },
);

/** Without the prototypes of objects and the kinds of byte arrays, which do not matter. */
const plain = (value: unknown): unknown => structuredClone(value);

onEveryEngine("what does not exist is not found", async (database) => {
  const tables = (await newStore(database)).fresh();
  assert.equal(await tables.findAccount("999999999999"), undefined);
  assert.equal(await tables.find("user", account, "nobody"), undefined);
  assert.equal(await tables.find("group", account, "none"), undefined);
  assert.equal(await tables.find("policy", account, "none"), undefined);
  assert.equal(await tables.findAccessKeyOwner("AKIANONE"), undefined);
});

onEveryEngine(
  "a user name or an access key id that is taken is a WriteConflict",
  async (database) => {
    const store = await newStore(database);
    await database.apply(insertEntity("user", user(store, "alice"), store.domain).writes);
    const stolen = { ...user(store, "bob"), accessKeys: user(store, "alice").accessKeys };
    for (const taken of [user(store, "alice"), stolen])
      await assert.rejects(
        database.apply(insertEntity("user", taken, store.domain).writes),
        WriteConflict,
      );
    assert.equal(await store.fresh().find("user", account, "bob"), undefined);
  },
);

onEveryEngine(
  "an access key that was moved, added, removed or reactivated is refused",
  async (database) => {
    const store = await newStore(database, "444455556666");
    const edits = [
      sql`UPDATE access_keys SET status = ${"Active"} WHERE access_key_id = ${"AKIAalice2"}`,
      sql`UPDATE access_keys SET user_name = ${"alice"} WHERE access_key_id = ${"AKIAbob1"}`,
      sql`UPDATE access_keys SET account_id = ${"444455556666"} WHERE access_key_id = ${"AKIAalice1"}`,
      sql`DELETE FROM access_keys WHERE access_key_id = ${"AKIAalice2"}`,
      sql`UPDATE users SET user_name = ${"alice"} WHERE user_name = ${"bob"}`,
    ];
    for (const statement of edits) {
      for (const table of ["users", "access_keys"])
        await database.apply([
          { statement: { chunks: [`DELETE FROM ${table}`], values: [] }, rows: "any" },
        ]);
      const users = [
        user(store, "bob"),
        ...(statement === edits.at(-1) ? [] : [user(store, "alice")]),
      ];
      await database.apply(
        joinChanges(users.map((each) => insertEntity("user", each, store.domain))).writes,
      );
      await database.apply([{ statement, rows: 1 }]);
      const found = Promise.all([
        store.fresh().find("user", account, "alice"),
        store.fresh().findAccessKeyOwner("AKIAalice1"),
      ]);
      await assert.rejects(found, IntegrityError);
    }
  },
);

onEveryEngine(
  "a caller is decided on all policies that speak for it, and relies on the version of each",
  async (database) => {
    const store = await newStore(database);
    const alice = user(store, "alice", {
      version: 7,
      groups: ["group"],
      inlinePolicies: { inline: policy },
      managedPolicies: ["arn:aws:iam::aws:policy/AdministratorAccess"],
    });
    await database.apply(
      joinChanges([
        insertEntity("user", alice, store.domain),
        insertEntity("group", group, store.domain),
        insertEntity("policy", managed, store.domain),
      ]).writes,
    );
    const found = await new CredentialCache(store.fresh(), withoutOrganizations).find("AKIAalice1");
    assert.equal(Buffer.from(found?.secret ?? []).toString(), "secret alice1");
    assert.equal(found?.caller.identityPolicies.length, 3);
    assert.deepEqual(found.caller.versions, [
      { aggregate: `user/${account}/alice`, version: 7 },
      { aggregate: `group/${account}/group`, version: 3 },
      { aggregate: `policy/${account}/managed`, version: 5 },
    ]);
    assert.equal(
      await new CredentialCache(store.fresh(), withoutOrganizations).find("AKIAalice2"),
      undefined,
    );
  },
);

onEveryEngine(
  "a missing group or policy of a caller is refused, never left out",
  async (database) => {
    const store = await newStore(database, "444455556666");
    const cases: readonly Partial<User>[] = [
      { groups: ["gone"] },
      { managedPolicies: [`arn:aws:iam::${account}:policy/gone`] },
      // A policy of another account of the same name is another policy.
      { managedPolicies: ["arn:aws:iam::444455556666:policy/managed"] },
    ];
    await database.apply(insertEntity("policy", managed, store.domain).writes);
    for (const [index, extra] of cases.entries()) {
      const name = `user${index}`;
      await database.apply(insertEntity("user", user(store, name, extra), store.domain).writes);
      const found = new CredentialCache(store.fresh(), withoutOrganizations).find(`AKIA${name}1`);
      await assert.rejects(found, IntegrityError);
    }
  },
);

onEveryEngine(
  "a credential is forgotten when anything it rests on changes, and not before",
  async (database) => {
    const store = await newStore(database);
    const alice = user(store, "alice", { groups: ["group"] });
    await database.apply(
      joinChanges([
        insertEntity("user", alice, store.domain),
        insertEntity("group", group, store.domain),
        insertEntity("policy", managed, store.domain),
      ]).writes,
    );
    const cache = new CredentialCache(store.fresh(), withoutOrganizations);
    for (const aggregate of [
      `user/${account}/alice`,
      `group/${account}/group`,
      `policy/${account}/managed`,
    ]) {
      const first = await cache.find("AKIAalice1");
      cache.forget(`user/${account}/bob`);
      assert.equal(await cache.find("AKIAalice1"), first);
      cache.forget(aggregate);
      assert.notEqual(await cache.find("AKIAalice1"), first);
    }
  },
);

onEveryEngine(
  "a caller's boundary limits it, and the caller rests on its version",
  async (database) => {
    const store = await newStore(database);
    const boundary = `arn:aws:iam::${account}:policy/managed`;
    const cases = [
      { name: "alice", boundary },
      { name: "carol", boundary: "arn:aws:iam::aws:policy/AdministratorAccess" },
      { name: "eve", boundary: `arn:aws:iam::${account}:policy/gone` },
      { name: "bob" },
    ];
    const entities = cases.map(({ name, ...extra }) => user(store, name, extra));
    await database.apply(
      joinChanges([
        ...entities.map((each) => insertEntity("user", each, store.domain)),
        insertEntity("policy", managed, store.domain),
      ]).writes,
    );
    const cache = new CredentialCache(store.fresh(), withoutOrganizations);
    const alice = await cache.find("AKIAalice1");
    assert.equal(alice?.caller.limits?.boundary?.source.arn, boundary);
    assert.equal(alice.caller.limits.boundary.source.kind, "boundary");
    assert.deepEqual(alice.caller.versions, [
      { aggregate: `user/${account}/alice`, version: 1 },
      { aggregate: `policy/${account}/managed`, version: 5 },
    ]);
    cache.forget(`policy/${account}/managed`);
    assert.notEqual(await cache.find("AKIAalice1"), alice);
    const carol = await cache.find("AKIAcarol1");
    assert.equal(carol?.caller.limits?.boundary?.source.kind, "boundary");
    assert.equal((await cache.find("AKIAbob1"))?.caller.limits, undefined);
    await assert.rejects(cache.find("AKIAeve1"), IntegrityError);
  },
);
