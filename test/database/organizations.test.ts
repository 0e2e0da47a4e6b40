import * as assert from "node:assert/strict";
import { IntegrityError } from "../../src/base/errors.ts";
import { WriteConflict } from "../../src/database/commit.ts";
import type { Database } from "../../src/database/database.ts";
import { Domains } from "../../src/database/domains.ts";
import { migrate } from "../../src/database/migrate.ts";
import { sql } from "../../src/database/sql.ts";
import { databaseMigrations } from "../../src/database/tables.ts";
import type { Domain } from "../../src/keystore/domain.ts";
import { globalRegion } from "../../src/keystore/domain.ts";
import { RootKey } from "../../src/keystore/root.ts";
import type { Organization } from "../../src/services/organizations/model/organization.ts";
import {
  deleteOrganization,
  insertMembership,
  insertOrganization,
  OrganizationTables,
  replaceOrganization,
} from "../../src/services/organizations/tables/organizations.ts";
import {
  organizationsMigrations,
  organizationVersions,
} from "../../src/services/organizations/tables/schema.ts";
import { onEveryEngine } from "../support/engines.ts";

const root = RootKey.generate();
const manager = "111122223333";
const member = "444455556666";
const at = new Date(1_700_000_000_123);
const organization: Organization = {
  managementAccount: manager,
  id: "o-aaaaaaaaaa",
  rootId: "r-aaaa",
  createdAt: at,
  enabled: true,
  accounts: [
    { id: manager, name: "é", joinedAt: at },
    { id: member, name: "member", email: "m@example.com", joinedAt: at },
  ],
  requests: [
    { id: "car-1", name: "member", requestedAt: at, outcome: { account: member } },
    { id: "car-2", name: "x", requestedAt: at, outcome: { failure: "EMAIL_ALREADY_EXISTS" } },
  ],
  policies: [{ id: "p-aaaaaaaaaa", name: "p", description: "", content: "{}" }],
  attachments: { "r-aaaa": ["p-FullAWSAccess"], [member]: ["p-aaaaaaaaaa"] },
  tags: { [member]: { a: "1" } },
  version: 7,
};

interface Store {
  readonly domain: Domain;
  readonly tables: OrganizationTables;
}

/** A database with the organization, its second account included. */
async function newStore(database: Database): Promise<Store> {
  await migrate(database, [...databaseMigrations, ...organizationsMigrations]);
  const domains = new Domains(root, database);
  for (const account of [manager, member])
    await database.apply((await domains.findOrCreate(account, globalRegion)).change.writes);
  const tables = new OrganizationTables(database, domains);
  const domain = await tables.domain(manager);
  await database.apply(insertOrganization(organization, 5, domain).writes);
  await database.apply(insertMembership(member, organization, 6, domain).writes);
  return { domain, tables };
}

const versionsIn = async (database: Database) =>
  (await database.read(...organizationVersions)).flat().map((row) => ({ ...row }));

onEveryEngine(
  "an organization is found by each of its accounts as it was stored",
  async (database) => {
    const { tables } = await newStore(database);
    for (const [account, version] of [
      [manager, 5],
      [member, 6],
    ] as const) {
      const { found, versions } = await tables.find(account);
      assert.deepEqual(found?.organization, organization);
      assert.deepEqual(versions, [
        { aggregate: `membership/${account}`, version },
        { aggregate: `organization/${manager}`, version: 7 },
      ]);
    }
  },
);

onEveryEngine("an account without an organization rests on having none", async (database) => {
  const { tables } = await newStore(database);
  assert.deepEqual(await tables.find("999999999999"), {
    versions: [{ aggregate: "membership/999999999999", version: 0 }],
  });
});

onEveryEngine(
  "every organization and membership has a version for the writer",
  async (database) => {
    const { tables, domain } = await newStore(database);
    const next = { ...organization, enabled: false, attachments: {} };
    const change = replaceOrganization(organization, next, domain);
    await database.apply(change.writes);
    assert.deepEqual((await tables.find(member)).found?.organization, { ...next, version: 8 });
    assert.deepEqual(change.versions, [{ aggregate: `organization/${manager}`, version: 8 }]);
    assert.deepEqual(
      new Set((await versionsIn(database)).map((row) => `${row["aggregate"]} ${row["version"]}`)),
      new Set([`organization/${manager} 8`, `membership/${manager} 5`, `membership/${member} 6`]),
    );
  },
);

onEveryEngine("an account joins one organization", async (database) => {
  const { domain } = await newStore(database);
  const again = insertMembership(member, organization, 9, domain);
  await assert.rejects(database.apply(again.writes), WriteConflict);
});

onEveryEngine("a deleted organization leaves nothing of its first account", async (database) => {
  const { tables } = await newStore(database);
  const change = deleteOrganization(organization);
  await database.apply(change.writes);
  assert.deepEqual(await tables.find(manager), {
    versions: [{ aggregate: `membership/${manager}`, version: 0 }],
  });
  assert.deepEqual(
    new Set(change.versions.map(({ aggregate, version }) => `${aggregate} ${version}`)),
    new Set([`organization/${manager} 0`, `membership/${manager} 0`]),
  );
});

const changes = {
  "policies are switched off": sql`UPDATE organizations SET enabled = 0`,
  "a policy is detached": sql`UPDATE organizations SET attachments = ${"{}"}`,
  "a policy is another": sql`UPDATE organizations SET policies = ${"[]"}`,
  "an older version is claimed": sql`UPDATE organizations SET version = 6`,
  "the organization is gone": sql`DELETE FROM organizations`,
  "an account is moved to another organization": sql`UPDATE organization_memberships SET management_account = ${member} WHERE account_id = ${member}`,
  "an account has the membership of another": sql`UPDATE organization_memberships SET version = 5 WHERE account_id = ${member}`,
};

for (const [what, statement] of Object.entries(changes))
  onEveryEngine(
    `a member account is refused when outside the service ${what}`,
    async (database) => {
      const { tables } = await newStore(database);
      await tables.find(member);
      await database.apply([{ statement, rows: "any" }]);
      await assert.rejects(tables.find(member), IntegrityError);
    },
  );

onEveryEngine(
  "a membership in an organization that does not list the account is refused",
  async (database) => {
    const { tables, domain } = await newStore(database);
    const next = { ...organization, accounts: organization.accounts.slice(0, 1) };
    await database.apply(replaceOrganization(organization, next, domain).writes);
    await assert.rejects(tables.find(member), IntegrityError);
  },
);
