import * as assert from "node:assert/strict";
import { IntegrityError } from "../../src/base/errors.ts";
import type { Database } from "../../src/database/database.ts";
import { Domains } from "../../src/database/domains.ts";
import { migrate } from "../../src/database/migrate.ts";
import { sql } from "../../src/database/sql.ts";
import { databaseMigrations } from "../../src/database/tables.ts";
import type { Domain } from "../../src/keystore/domain.ts";
import { RootKey } from "../../src/keystore/root.ts";
import { newKeyWithoutMaterial } from "../../src/services/kms/create.ts";
import type { CustomKeyStore } from "../../src/services/kms/model/custom-key-store.ts";
import type { CustomStore } from "../../src/services/kms/model/key.ts";
import { replaceStores, StoreTables } from "../../src/services/kms/tables/custom-key-stores.ts";
import { insertKey } from "../../src/services/kms/tables/keys.ts";
import { hasKeysInStore, usesExternalKey } from "../../src/services/kms/tables/listings.ts";
import { kmsMigrations, kmsVersions } from "../../src/services/kms/tables/schema.ts";
import { onEveryEngine } from "../support/engines.ts";

const root = RootKey.generate();
const account = "111122223333";
const region = "us-east-1";
const createdAt = new Date(1_700_000_000_123);

const cluster: CustomKeyStore = {
  type: "AWS_CLOUDHSM",
  storeId: "cks-00000000000000001",
  name: "é",
  createdAt,
  wanted: "CONNECTED",
  clusterId: "cluster-aaaaaaaaaaa",
  trustAnchor: "-----BEGIN CERTIFICATE-----\n",
  password: Buffer.from([0, 1, 255]),
};
const external: CustomKeyStore = {
  type: "EXTERNAL_KEY_STORE",
  storeId: "cks-00000000000000002",
  name: "external",
  createdAt,
  wanted: "DISCONNECTED",
  proxy: {
    connectivity: "VPC_ENDPOINT_SERVICE",
    endpoint: "https://xks.example.test",
    path: "/kms/xks/v1",
    vpcServiceName: "com.amazonaws.vpce.us-east-1.vpce-svc-1",
    vpcServiceOwner: account,
    accessKeyId: "ABCDEFGHIJKLMNOPQRST",
    secret: Buffer.from([255, 0]),
  },
};

async function open(database: Database): Promise<{ tables(): StoreTables; domain: Domain }> {
  await migrate(database, [...databaseMigrations, ...kmsMigrations]);
  const domains = new Domains(root, database);
  const { domain, change } = await domains.findOrCreate(account, region);
  await database.apply(change.writes);
  return { domain, tables: () => new StoreTables(database, domains) };
}

onEveryEngine(
  "stores come back as they were stored, and count up their version",
  async (database) => {
    const { tables, domain } = await open(database);
    const empty = await tables().find(account, region);
    assert.deepEqual([empty.version.version, empty.stores], [0, []]);
    const stored = replaceStores(empty, [cluster, external], domain);
    await database.apply(stored.writes);
    const list = await tables().find(account, region);
    assert.deepEqual(list.stores, [cluster, external]);
    assert.deepEqual(stored.versions, [list.version]);
    const [, query = sql``] = kmsVersions;
    const [rows] = await database.read(query);
    assert.deepEqual(
      rows?.map((row) => [row["aggregate"], Number(row["version"])]),
      [[list.version.aggregate, 1]],
    );
    assert.deepEqual(await tables().places(), [{ account, region }]);
  },
);

onEveryEngine("a change erases only where a secret goes", async (database) => {
  const { tables, domain } = await open(database);
  const empty = await tables().find(account, region);
  await database.apply(replaceStores(empty, [cluster, external], domain).writes);
  const list = await tables().find(account, region);
  const [first = cluster, second = external] = list.stores;
  assert.equal(replaceStores(list, [{ ...first, name: "x" }, second], domain).erases, false);
  assert.equal(replaceStores(list, [first], domain).erases, true);
  const changed = { ...cluster, password: Buffer.from([7]) };
  assert.equal(replaceStores(list, [changed, second], domain).erases, true);
});

onEveryEngine("stores that were changed outside the service are refused", async (database) => {
  const { tables, domain } = await open(database);
  const empty = await tables().find(account, region);
  await database.apply(replaceStores(empty, [cluster], domain).writes);
  for (const statement of [
    sql`UPDATE custom_key_stores SET stores = replace(stores, 'CONNECTED', 'DISCONNECTED')`,
    sql`UPDATE custom_key_stores SET version = 7`,
  ]) {
    await database.apply([{ statement, rows: 1 }]);
    await assert.rejects(tables().find(account, region), IntegrityError);
  }
});

onEveryEngine(
  "keys are found by their store and by their external key, deleted ones are not",
  async (database) => {
    const { domain } = await open(database);
    const place = { account, region };
    const insert = async (index: number, customStore: CustomStore, deleted = false) => {
      const keyId = `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
      const given = { createdAt, policy: "{}", description: "", tags: [], customStore };
      const key = newKeyWithoutMaterial(
        { domain, keyId, spec: "SYMMETRIC_DEFAULT" },
        { ...given, origin: "EXTERNAL_KEY_STORE" },
      );
      const state = deleted ? ("Deleted" as const) : key.state;
      await database.apply(insertKey({ ...key, state }).writes);
    };
    const first = { storeId: "cks-00000000000000001", xksKeyId: "one" };
    await insert(1, first);
    await insert(2, { storeId: "cks-00000000000000002", xksKeyId: "one" }, true);
    const inStore = (storeId: string) => hasKeysInStore(database, place, storeId);
    assert.deepEqual(
      [await inStore(first.storeId), await inStore("cks-00000000000000002"), await inStore("cks-")],
      [true, false, false],
    );
    assert.equal(await usesExternalKey(database, place, first), true);
    assert.equal(await usesExternalKey(database, place, { ...first, xksKeyId: "on" }), false);
    await assert.rejects(insert(3, first));
    await insert(4, { ...first, xksKeyId: "two" });
  },
);
