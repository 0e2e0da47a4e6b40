import * as assert from "node:assert/strict";
import type { Database } from "../../src/database/database.ts";
import { Domains } from "../../src/database/domains.ts";
import { migrate } from "../../src/database/migrate.ts";
import { databaseMigrations } from "../../src/database/tables.ts";
import type { Domain } from "../../src/keystore/domain.ts";
import { RootKey } from "../../src/keystore/root.ts";
import { softwareKeyStore } from "../../src/keystore/software.ts";
import { newKey } from "../../src/services/kms/create.ts";
import type { Alias, Grant, KmsKey } from "../../src/services/kms/model/key.ts";
import { KeyTables } from "../../src/services/kms/tables/key-tables.ts";
import { KnownKeys } from "../../src/services/kms/tables/known-keys.ts";
import { kmsMigrations } from "../../src/services/kms/tables/schema.ts";

export const root = RootKey.generate();
export const account = "111122223333";
export const region = "us-east-1";
export const at = new Date(1_700_000_000_123);
export const id = (index: number): string =>
  `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
export const alias = (name: string): Alias => ({
  name: `alias/${name}`,
  createdAt: at,
  updatedAt: at,
});
export const grant = (index: number, retiring?: string): Grant => ({
  grantId: String(index).padStart(64, "0"),
  name: "",
  createdAt: at,
  grantee: { principal: `arn:aws:iam::${account}:user/grantee` },
  ...(retiring === undefined ? {} : { retiring: { principal: retiring } }),
  issuingAccount: account,
  operations: ["Encrypt", "Decrypt"],
  constraints: { EncryptionContextSubset: { app: "é" } },
});

export interface Store {
  readonly database: Database;
  readonly domain: Domain;
  /** A reader that knows nothing yet. */
  fresh(): KeyTables;
  key(index: number, extra?: Partial<KmsKey>): Promise<KmsKey>;
}

export async function newStore(database: Database): Promise<Store> {
  await migrate(database, [...databaseMigrations, ...kmsMigrations]);
  const { domain, change } = await new Domains(root, database).findOrCreate(account, region);
  await database.apply(change.writes);
  return {
    database,
    domain,
    fresh: () => new KeyTables(database, new Domains(root, database), new KnownKeys(2 ** 20)),
    async key(index, extra = {}) {
      const material = await softwareKeyStore().generate(domain, id(index), "SYMMETRIC_DEFAULT");
      const given = { createdAt: at, policy: "{}", description: `key ${index}`, tags: [] };
      return { ...newKey(material, given), ...extra };
    },
  };
}

export const read = async (store: Store, index = 1): Promise<KmsKey> => {
  const key = await store.fresh().find(account, region, id(index));
  assert.ok(key !== undefined);
  return key;
};
/** What of a key is stored. */
export const stored = ({ domain: _, ...key }: KmsKey) => ({
  ...key,
  materials: key.materials.map((each) => ({
    ...each,
    wrapped: Buffer.from(each.wrapped ?? []).toString("hex"),
  })),
});
