import * as assert from "node:assert/strict";
import type { CallContext } from "../../src/api/context.ts";
import type { Success } from "../../src/api/registry.ts";
import { AwsError, IntegrityError } from "../../src/base/errors.ts";
import type { Database } from "../../src/database/database.ts";
import { countRows } from "../../src/database/database.ts";
import { Domains } from "../../src/database/domains.ts";
import { migrate } from "../../src/database/migrate.ts";
import type { Sql } from "../../src/database/sql.ts";
import { sql } from "../../src/database/sql.ts";
import { databaseMigrations } from "../../src/database/tables.ts";
import { RootKey } from "../../src/keystore/root.ts";
import { newKeyWithoutMaterial } from "../../src/services/kms/create.ts";
import { LastUsage } from "../../src/services/kms/last-usage.ts";
import type { KmsKey } from "../../src/services/kms/model/key.ts";
import { KeyRoom } from "../../src/services/kms/quotas-resources.ts";
import { eraseUse, readUsage, storeUse } from "../../src/services/kms/tables/key-usage.ts";
import { insertKey } from "../../src/services/kms/tables/keys.ts";
import { countCustomerKeys } from "../../src/services/kms/tables/listings.ts";
import { kmsMigrations } from "../../src/services/kms/tables/schema.ts";
import { onEveryEngine } from "../support/engines.ts";

const account = "111122223333";
const region = "us-east-1";
const at = new Date(1_700_000_000_123);
const after = (milliseconds: number): Date => new Date(at.getTime() + milliseconds);
const minute = 60_000;
const root = RootKey.generate();
const usageStep = "0005-key-usage";

type NewKey = (index: number, over?: Partial<KmsKey>) => KmsKey;

async function newStore(database: Database, migrations = kmsMigrations): Promise<NewKey> {
  await migrate(database, [...databaseMigrations, ...migrations]);
  const { domain, change } = await new Domains(root, database).findOrCreate(account, region);
  await database.apply(change.writes);
  return (index, over = {}) => {
    const keyId = `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
    const given = { createdAt: at, policy: "{}", description: "", tags: [] };
    return {
      ...newKeyWithoutMaterial({ domain, keyId, spec: "SYMMETRIC_DEFAULT" }, given),
      ...over,
    };
  };
}

const write = (database: Database, statement: Sql): Promise<void> =>
  database.apply([{ statement, rows: "any" }]);
const use = (operation: string, time: Date) => ({
  at: time,
  operation,
  eventId: `event of ${operation}`,
  requestId: `request of ${operation}`,
});

onEveryEngine(
  "the last use of a key comes back, until it is replaced or erased",
  async (database) => {
    const newKey = await newStore(database);
    const key = newKey(1);
    assert.deepEqual(await readUsage(database, key), { trackedSince: at });
    for (const each of [use("Encrypt", after(5)), use("Decrypt", after(9))]) {
      await database.apply(storeUse(key, each).writes);
      assert.deepEqual((await readUsage(database, key)).lastUse, each);
    }
    assert.deepEqual(await readUsage(database, newKey(2)), { trackedSince: at });
    await database.apply(storeUse(newKey(2), use("Sign", at)).writes);
    for (let times = 0; times < 2; times++) await database.apply(eraseUse(key).writes);
    assert.deepEqual(await readUsage(database, key), { trackedSince: at });
    assert.equal(await countRows(database, "key_usage"), 1);
  },
);

onEveryEngine("a use that was changed outside the service is refused", async (database) => {
  const newKey = await newStore(database);
  for (const change of [
    sql`UPDATE key_usage SET used_at = used_at - 1`,
    sql`UPDATE key_usage SET operation = 'Sign'`,
    sql`UPDATE key_usage SET event_id = 'x'`,
    sql`UPDATE key_usage SET request_id = 'x'`,
    sql`UPDATE key_usage SET key_id = ${newKey(1).keyId}`,
  ]) {
    await write(database, sql`DELETE FROM key_usage`);
    await database.apply(storeUse(newKey(2), use("Encrypt", at)).writes);
    await write(database, change);
    const usages = [1, 2].map((index) => readUsage(database, newKey(index)));
    const refused = (await Promise.allSettled(usages)).filter(
      ({ status }) => status === "rejected",
    );
    assert.equal(refused.length, 1);
    for (const each of refused)
      assert.ok("reason" in each && each.reason instanceof IntegrityError);
  }
});

onEveryEngine("uses of keys from before this step are kept since the step", async (database) => {
  const before = kmsMigrations.filter(({ name }) => name < usageStep);
  const newKey = await newStore(database, before);
  await database.apply(insertKey(newKey(1)).writes);
  await migrate(database, [...databaseMigrations, ...kmsMigrations]);
  const { trackedSince } = await readUsage(database, newKey(1));
  assert.ok(trackedSince > at);
  const createdAt = new Date(trackedSince.getTime() + 1);
  assert.deepEqual((await readUsage(database, newKey(2, { createdAt }))).trackedSince, createdAt);
});

const contextAt = (time: Date): CallContext => ({ time, requestId: `r${+time}` }) as CallContext;
const success = (key: KmsKey, time: Date, operation = "Encrypt"): Success => ({
  operation,
  things: [key],
  context: contextAt(time),
  eventIdFor: (recipient) => `${recipient} ${+time}`,
});

/** A call that succeeds and becomes durable; returns how many writes that took. */
async function succeed(database: Database, usage: LastUsage, done: Success): Promise<number> {
  const note = usage.note(done);
  const writes = note?.change.writes ?? [];
  await database.apply(writes);
  note?.durable();
  return writes.length;
}

onEveryEngine("a busy key is written once a minute, and known exactly", async (database) => {
  const newKey = await newStore(database);
  const key = newKey(1);
  const usage = new LastUsage(database);
  for (const [time, writes] of [
    [0, 1],
    [1, 0],
    [minute - 1, 0],
    [minute, 1],
    [minute + 1, 0],
    [5 * minute, 1],
  ] as const) {
    assert.equal(await succeed(database, usage, success(key, after(time))), writes, String(time));
    const { lastUse } = await usage.find(key);
    assert.deepEqual(lastUse, {
      at: after(time),
      operation: "Encrypt",
      eventId: `${account} ${+after(time)}`,
      requestId: `r${+after(time)}`,
    });
    const stored = (await new LastUsage(database).find(key)).lastUse;
    assert.ok(stored !== undefined && +after(time) - +stored.at < minute);
  }
});

onEveryEngine("a use that does not become durable was none", async (database) => {
  const newKey = await newStore(database);
  const usage = new LastUsage(database);
  const key = newKey(1);
  for (let times = 0; times < 2; times++)
    assert.equal(usage.note(success(key, after(times)))?.change.writes.length, 1);
  assert.equal((await usage.find(key)).lastUse, undefined);
});

onEveryEngine("a use that becomes durable after a later one stays behind it", async (database) => {
  const newKey = await newStore(database);
  const usage = new LastUsage(database);
  const key = newKey(1);
  const [earlier, later] = [usage.note(success(key, after(1))), usage.note(success(key, after(2)))];
  later?.durable();
  earlier?.durable();
  assert.deepEqual((await usage.find(key)).lastUse?.at, after(2));
});

onEveryEngine("only cryptographic operations are uses", async (database) => {
  const newKey = await newStore(database);
  const usage = new LastUsage(database);
  for (const operation of ["DescribeKey", "GetPublicKey", "CreateGrant", "GenerateRandom"])
    assert.equal(usage.note(success(newKey(1), at, operation)), undefined);
});

onEveryEngine("a key made anew under the id of a former one was not used", async (database) => {
  const newKey = await newStore(database);
  const usage = new LastUsage(database);
  await succeed(database, usage, success(newKey(1), after(1)));
  await database.apply(eraseUse(newKey(1)).writes);
  const anew = newKey(1, { createdAt: after(2) });
  assert.equal((await usage.find(anew)).lastUse, undefined);
  assert.equal(await succeed(database, usage, success(anew, after(3))), 1);
});

onEveryEngine("what is known in memory is bounded; the stored use stays", async (database) => {
  const newKey = await newStore(database);
  const usage = new LastUsage(database, 3);
  for (const index of [1, 2, 3, 4]) {
    await succeed(database, usage, success(newKey(index), after(index)));
    await succeed(database, usage, success(newKey(index), after(index + 100)));
  }
  assert.deepEqual((await usage.find(newKey(1))).lastUse?.at, after(1));
  for (const index of [2, 3, 4])
    assert.deepEqual((await usage.find(newKey(index))).lastUse?.at, after(index + 100));
});

onEveryEngine("customer managed keys are counted in every state", async (database) => {
  const newKey = await newStore(database);
  const keys = [
    newKey(1),
    newKey(2, { state: "Disabled" }),
    newKey(3, { state: "PendingDeletion", deletionDate: at }),
    newKey(4, { state: "Deleted" }),
    newKey(5, { manager: "AWS" }),
  ];
  for (const key of keys) await database.apply(insertKey(key).writes);
  assert.equal(await countCustomerKeys(database, account, region), 3);
  assert.equal(await countCustomerKeys(database, account, "eu-west-1"), 0);
});

onEveryEngine(
  "there is room for as many keys as may be, and again after a deletion",
  async (database) => {
    const newKey = await newStore(database);
    const room = new KeyRoom(database, 3);
    const full = new AwsError(
      "LimitExceededException",
      `The account ${account} already has 3 KMS keys in ${region}.`,
    );
    await database.apply(insertKey(newKey(1)).writes);
    for (const index of [2, 3]) {
      await room.take(account, region);
      await database.apply(insertKey(newKey(index)).writes);
    }
    for (let times = 0; times < 2; times++) await assert.rejects(room.take(account, region), full);
    await room.take(account, "eu-west-1");
    await room.take("444455556666", region);
    await write(database, sql`DELETE FROM keys WHERE key_id = ${newKey(2).keyId}`);
    await room.take(account, region);
  },
);

onEveryEngine("keys that came to nothing take no room", async (database) => {
  await newStore(database);
  const room = new KeyRoom(database, 3);
  for (let times = 0; times < 10; times++) await room.take(account, region);
});
