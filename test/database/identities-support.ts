import * as assert from "node:assert/strict";
import type { Database, Reader } from "../../src/database/database.ts";
import { Domains } from "../../src/database/domains.ts";
import { migrate } from "../../src/database/migrate.ts";
import { databaseMigrations } from "../../src/database/tables.ts";
import type { Domain } from "../../src/keystore/domain.ts";
import { RootKey } from "../../src/keystore/root.ts";
import type { Group, ManagedPolicy, User } from "../../src/services/iam/model/identity.ts";
import { IdentityTables, wrapSecret } from "../../src/services/iam/tables/identities.ts";
import { iamMigrations } from "../../src/services/iam/tables/schema.ts";

const root = RootKey.generate();
export const account = "111122223333";
export const at = new Date(1_700_000_000_123);
export const policy =
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}';

/** A database with accounts, and tables over it that remember nothing. */
export interface Store {
  readonly domain: Domain;
  fresh(over?: Reader): IdentityTables;
}

export async function newStore(database: Database, ...accounts: readonly string[]): Promise<Store> {
  await migrate(database, [...databaseMigrations, ...iamMigrations]);
  const fresh = (over: Reader = database): IdentityTables =>
    new IdentityTables(over, new Domains(root, over));
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

/** A user with an active and an inactive access key. */
export function user({ domain }: Store, name: string, extra: Partial<User> = {}): User {
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

export const group: Group = {
  account,
  name: "group",
  path: "/",
  groupId: "AGPA",
  createdAt: at,
  managedPolicies: [`arn:aws:iam::${account}:policy/managed`],
  inlinePolicies: {},
  version: 3,
};
export const managed: ManagedPolicy = {
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
