import * as assert from "node:assert/strict";
import type { Reader } from "../../src/database/database.ts";
import { Domains } from "../../src/database/domains.ts";
import { migrate } from "../../src/database/migrate.ts";
import { databaseMigrations } from "../../src/database/tables.ts";
import { RootKey } from "../../src/keystore/root.ts";
import type { User } from "../../src/services/iam/model/identity.ts";
import { insertEntity } from "../../src/services/iam/tables/changes.ts";
import { IdentityTables } from "../../src/services/iam/tables/identities.ts";
import { iamMigrations } from "../../src/services/iam/tables/schema.ts";
import { onEveryEngine } from "../support/engines.ts";

const account = "111122223333";
const createdAt = new Date(1_700_000_000_123);
const alice: User = {
  account,
  name: "alice",
  path: "/",
  userId: "AIDANEXT",
  createdAt,
  groups: [],
  tags: {},
  managedPolicies: [],
  inlinePolicies: {},
  accessKeys: [],
  version: 1,
};

onEveryEngine(
  "who got the name of a user between two reads is not found by its id",
  async (database) => {
    const root = RootKey.generate();
    await migrate(database, [...databaseMigrations, ...iamMigrations]);
    const { domain, change } = await new IdentityTables(
      database,
      new Domains(root, database),
    ).insertAccount({ account, name: "é", createdAt, version: 1 });
    await database.apply(change.writes);
    await database.apply(insertEntity("user", alice, domain).writes);
    // The first read is of the moment before the former alice was deleted.
    const former = [[{ account_id: account, name: "alice" }], []];
    const answers = [former];
    const reader: Reader = {
      dialect: database.dialect,
      read: async (...queries) => answers.pop() ?? database.read(...queries),
    };
    const tables = new IdentityTables(reader, new Domains(root, database));
    assert.equal(await tables.findByUniqueId("AIDAFORMER"), undefined);
    answers.push(former);
    assert.equal((await tables.findByUniqueId("AIDANEXT"))?.name, "alice");
  },
);
