import * as assert from "node:assert/strict";
import { IntegrityError } from "../../src/base/errors.ts";
import type { Change } from "../../src/database/commit.ts";
import { joinChanges } from "../../src/database/commit.ts";
import type { Database, Reader } from "../../src/database/database.ts";
import { render } from "../../src/database/database.ts";
import { CredentialCache } from "../../src/services/iam/credentials.ts";
import type { Role, User } from "../../src/services/iam/model/identity.ts";
import { sessionIdentities } from "../../src/services/iam/session-identities.ts";
import {
  deleteEntity,
  insertEntity,
  replaceEntity,
} from "../../src/services/iam/tables/changes.ts";
import { onEveryEngine } from "../support/engines.ts";
import { withoutOrganizations } from "../support/guard-rails.ts";
import { account, at, group, managed, newStore, policy, user } from "./identities-support.ts";

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
      const cache = new CredentialCache(store.fresh(), withoutOrganizations);
      await assert.rejects(async () => cache.find(`AKIA${name}1`), IntegrityError);
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
    await assert.rejects(async () => cache.find("AKIAeve1"), IntegrityError);
  },
);

const bareApp: Role = {
  account,
  name: "app",
  path: "/",
  roleId: "AROAAPPAPPAPPAPP",
  createdAt: at,
  trustPolicy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" }],
  }),
  description: "",
  maxSessionDuration: 3600,
  tags: {},
  managedPolicies: [],
  inlinePolicies: {},
  version: 1,
};
const app: Role = { ...bareApp, managedPolicies: [`arn:aws:iam::${account}:policy/managed`] };

/** A reader before whose first look into a table something changes. */
function overtaken(database: Database, table: string, change: Change): Reader {
  let applied = false;
  return {
    dialect: database.dialect,
    async read(...queries) {
      const looks = queries.some((each) =>
        render(each, database.dialect).includes(`FROM ${table} `),
      );
      if (looks && !applied) {
        applied = true;
        await database.apply(change.writes);
      }
      return database.read(...queries);
    },
  };
}

onEveryEngine(
  "what is taken from a caller and deleted while the caller is read is not missed",
  async (database) => {
    const store = await newStore(database);
    const { domain } = store;
    const arn = `arn:aws:iam::${account}:policy/managed`;
    const alice = user(store, "alice", { managedPolicies: [arn] });
    const carol = user(store, "carol", { boundary: arn });
    const { boundary: _, ...unbounded } = carol;
    const bob = user(store, "bob", { groups: ["group"] });
    const plainGroup = { ...group, managedPolicies: [] };
    await database.apply(
      joinChanges([
        ...[alice, bob, carol].map((each) => insertEntity("user", each, domain)),
        insertEntity("role", app, domain),
        insertEntity("group", plainGroup, domain),
      ]).writes,
    );
    const gone = deleteEntity("policy", managed, domain);
    const cases: readonly (readonly [id: string, table: string, Change, Change])[] = [
      [
        "AKIAalice1",
        "managed_policies",
        replaceEntity("user", alice, user(store, "alice"), domain),
        gone,
      ],
      ["AKIAcarol1", "managed_policies", replaceEntity("user", carol, unbounded, domain), gone],
      [app.roleId, "managed_policies", replaceEntity("role", app, bareApp, domain), gone],
      [
        "AKIAbob1",
        "groups",
        replaceEntity("user", bob, user(store, "bob"), domain),
        deleteEntity("group", plainGroup, domain),
      ],
    ];
    for (const [id, table, detach, remove] of cases) {
      if (remove === gone) await database.apply(insertEntity("policy", managed, domain).writes);
      const reader = overtaken(database, table, joinChanges([detach, remove]));
      const tables = store.fresh(reader);
      const cache = new CredentialCache(tables, withoutOrganizations);
      const found =
        id === app.roleId
          ? await sessionIdentities(tables, cache).findRoleById(id)
          : (await cache.find(id))?.caller;
      assert.deepEqual(found?.identityPolicies, [], id);
      assert.equal(found.limits, undefined, id);
      assert.deepEqual(
        found.versions.map(({ version }) => version),
        [2],
        id,
      );
    }
  },
);
