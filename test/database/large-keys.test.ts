import * as assert from "node:assert/strict";
import { IntegrityError } from "../../src/base/errors.ts";
import type { Database, Reader } from "../../src/database/database.ts";
import { Domains } from "../../src/database/domains.ts";
import { sql } from "../../src/database/sql.ts";
import { keyAggregate } from "../../src/services/kms/model/key.ts";
import { KeyTables } from "../../src/services/kms/tables/key-tables.ts";
import { insertKey } from "../../src/services/kms/tables/keys.ts";
import { KnownKeys } from "../../src/services/kms/tables/known-keys.ts";
import { onEveryEngine } from "../support/engines.ts";
import { account, grant, id, newStore, region, root } from "./keys-support.ts";

/** A key with a thousand grants, and tables that know nothing of it and count what they read. */
async function largeKey(database: Database) {
  const store = await newStore(database);
  const grants = Array.from({ length: 1_000 }, (_, index) => grant(index));
  await database.apply(insertKey(await store.key(1, { grants })).writes);
  let reads = 0;
  const reader: Reader = {
    dialect: database.dialect,
    read(...queries) {
      reads++;
      return database.read(...queries);
    },
  };
  const tables = new KeyTables(reader, new Domains(root, database), new KnownKeys(2 ** 30));
  const find = () => tables.find(account, region, id(1));
  return { grants, tables, find, reads: () => reads };
}

onEveryEngine("the event loop turns while a key with many grants is verified", async (database) => {
  const { grants, find } = await largeKey(database);
  let turns = 0;
  const turn = (): void => {
    turns++;
    immediate = setImmediate(turn);
  };
  let immediate = setImmediate(turn);
  const key = await find().finally(() => clearImmediate(immediate));
  assert.deepEqual(key?.grants, grants);
  assert.ok(turns >= 4, `${turns}`);
});

onEveryEngine("who asks for a key that is being read waits for the same", async (database) => {
  const { find, reads } = await largeKey(database);
  const [one, another] = await Promise.all([find(), find()]);
  assert.equal(reads(), 1);
  assert.ok(one !== undefined && one === another);
  assert.equal(await find(), one);
  assert.equal(reads(), 1);
});

onEveryEngine("a key that changes while it is read is read again", async (database) => {
  const { tables, find, reads } = await largeKey(database);
  const reading = find();
  tables.forget(keyAggregate(account, region, id(1)));
  const [before, after] = await Promise.all([reading, find()]);
  assert.equal(reads(), 2);
  assert.notEqual(before, after);
  assert.equal(tables.known(account, region, id(1)), after);
});

onEveryEngine(
  "one grant that was changed among many spoils the key, for all who ask",
  async (database) => {
    const { tables, find } = await largeKey(database);
    await database.apply([
      {
        statement: sql`UPDATE grants SET name = 'forged' WHERE grant_id = ${grant(700).grantId}`,
        rows: 1,
      },
    ]);
    const all = await Promise.allSettled([find(), find()]);
    const reasons = all.map((each): unknown =>
      each.status === "rejected" ? each.reason : undefined,
    );
    assert.ok(reasons.every((each) => each instanceof IntegrityError));
    assert.equal(tables.known(account, region, id(1)), undefined);
    await assert.rejects(find(), { name: "IntegrityError" });
  },
);
