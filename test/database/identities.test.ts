import * as assert from "node:assert/strict";
import { IntegrityError } from "../../src/base/errors.ts";
import { joinChanges, WriteConflict } from "../../src/database/commit.ts";
import { sql } from "../../src/database/sql.ts";
import { insertEntity } from "../../src/services/iam/tables/changes.ts";
import { onEveryEngine } from "../support/engines.ts";
import { account, at, group, managed, newStore, policy, user } from "./identities-support.ts";

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
