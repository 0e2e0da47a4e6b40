import * as assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { IntegrityError } from "../../src/base/errors.ts";
import { WriteConflict } from "../../src/database/commit.ts";
import type { Database } from "../../src/database/database.ts";
import { Domains } from "../../src/database/domains.ts";
import { migrate } from "../../src/database/migrate.ts";
import { sql } from "../../src/database/sql.ts";
import { databaseMigrations } from "../../src/database/tables.ts";
import { globalRegion } from "../../src/keystore/domain.ts";
import { RootKey } from "../../src/keystore/root.ts";
import { digestSigner } from "../../src/services/cloudtrail/digest-signer.ts";
import type { Delivery } from "../../src/services/cloudtrail/model/delivery.ts";
import { keysBetween } from "../../src/services/cloudtrail/model/digest-key.ts";
import type { Trail, TrailSet } from "../../src/services/cloudtrail/model/trail.ts";
import {
  deleteDelivery,
  readDeliveries,
  storeDelivery,
} from "../../src/services/cloudtrail/tables/deliveries.ts";
import { DigestKeyTables } from "../../src/services/cloudtrail/tables/digest-keys.ts";
import { trailsMigrations, trailVersions } from "../../src/services/cloudtrail/tables/schema.ts";
import { storeTrails, TrailTables } from "../../src/services/cloudtrail/tables/trails.ts";
import { onEveryEngine } from "../support/engines.ts";

const root = RootKey.generate();
const account = "111122223333";
const at = new Date(1_700_000_000_123);

const trail: Trail = {
  id: "id-1",
  account,
  homeRegion: "us-east-1",
  name: "é",
  bucket: "logs",
  prefix: "p",
  kmsKeyArn: "arn",
  multiRegion: true,
  globalEvents: true,
  validation: true,
  selectors: { advanced: [{ name: "n", fields: [] }] },
  tags: { a: "1" },
  logging: true,
  spans: [{ from: 3, to: 1_700_000_000 }, { from: 5 }],
  startedAt: at,
  stoppedAt: new Date(1),
};
const { prefix: _prefix, kmsKeyArn: _key, startedAt: _start, stoppedAt: _stop, ...bare } = trail;
const set: TrailSet = {
  account,
  region: "us-east-1",
  trails: [trail, { ...bare, id: "id-2", name: "bare", logging: false, spans: [] }],
  version: 0,
};

async function newStore(database: Database) {
  await migrate(database, [...databaseMigrations, ...trailsMigrations]);
  const domains = new Domains(root, database);
  await database.apply((await domains.findOrCreate(account, globalRegion)).change.writes);
  const tables = new TrailTables(database, domains);
  return {
    tables,
    domain: await tables.domain(account),
    keys: new DigestKeyTables(database, domains),
  };
}

const versionsIn = async (database: Database) =>
  (await database.read(...trailVersions))
    .flat()
    .map((row) => ({ ...row }))
    .toSorted((a, b) => (String(a["aggregate"]) < String(b["aggregate"]) ? -1 : 1));

onEveryEngine("trails are found as they were stored, and those that logged", async (database) => {
  const { tables, domain } = await newStore(database);
  assert.deepEqual(await tables.list(account), []);
  await database.apply(storeTrails(set, domain).writes);
  assert.deepEqual(await tables.list(account), [{ ...set, version: 1 }]);
  assert.deepEqual(await tables.listStarted(), [trail]);
  assert.deepEqual(await versionsIn(database), [
    { aggregate: `trails/${account}/us-east-1`, version: 1 },
  ]);
  await assert.rejects(database.apply(storeTrails(set, domain).writes), WriteConflict);
  await database.apply(storeTrails({ ...set, trails: [], version: 1 }, domain).writes);
  assert.deepEqual(await tables.list(account), [{ ...set, trails: [], version: 2 }]);
});

onEveryEngine("a trail that somebody changed in the database is not believed", async (database) => {
  const { tables, domain } = await newStore(database);
  await database.apply(storeTrails(set, domain).writes);
  const statement = sql`UPDATE trails SET trails = '[]'`;
  await database.apply([{ statement, rows: 1 }]);
  await assert.rejects(tables.list(account), IntegrityError);
});

const delivery: Delivery = {
  trail: "id-1",
  account,
  region: "eu-west-1",
  position: 7,
  begun: { at, upTo: 9 },
  ended: 1_700_000_000,
  nextFileAt: at,
  nextDigestAt: new Date(2),
  files: [{ bucket: "logs", object: "o", hash: "h", after: 3, oldest: at, newest: new Date(3) }],
  digest: { bucket: "logs", object: "d", hash: "h", signature: "s", endsAt: at },
  filesTried: { lastAt: at, succeededAt: new Date(4), error: "AccessDenied" },
  digestsTried: { lastAt: at },
  version: 0,
};
const first: Delivery = {
  ...{ trail: "id-1", account, region: "us-east-1", position: 0 },
  ...{ nextFileAt: at, files: [], version: 0 },
};

onEveryEngine(
  "the state of a delivery is found as it was stored, and forgotten",
  async (database) => {
    const { domain } = await newStore(database);
    for (const each of [delivery, first]) await database.apply(storeDelivery(each, domain).writes);
    const stored = [delivery, first].map((each) => ({ ...each, version: 1 }));
    assert.deepEqual(await readDeliveries(database, "id-1", domain), stored);
    assert.deepEqual(await readDeliveries(database, "id-2", domain), []);
    await database.apply(storeDelivery({ ...delivery, position: 9, version: 1 }, domain).writes);
    const [next] = await readDeliveries(database, "id-1", domain);
    assert.deepEqual(next, { ...delivery, position: 9, version: 2 });
    assert.deepEqual(await versionsIn(database), [
      { aggregate: "trail-delivery/id-1/eu-west-1", version: 2 },
      { aggregate: "trail-delivery/id-1/us-east-1", version: 1 },
    ]);
    await database.apply(deleteDelivery(next ?? delivery).writes);
    assert.deepEqual(await readDeliveries(database, "id-1", domain), stored.slice(1));
    await database.apply([{ statement: sql`UPDATE trail_deliveries SET state = '{}'`, rows: 1 }]);
    await assert.rejects(readDeliveries(database, "id-1", domain), IntegrityError);
  },
);

const year = 365 * 86_400_000;
/** The beginning of the day on which the first key is made. */
const begin = at.getTime() - (at.getTime() % 86_400_000);

onEveryEngine(
  "digests of a region are signed with one key for a year, then with the next",
  async (database) => {
    const { keys } = await newStore(database);
    const made = await digestSigner(keys, "us-east-1", at);
    await database.apply(made.change.writes);
    const again = await digestSigner(keys, "us-east-1", new Date(begin + year - 1));
    assert.equal(again.fingerprint, made.fingerprint);
    assert.deepEqual(again.change.writes, []);
    const next = await digestSigner(keys, "us-east-1", new Date(begin + year));
    await database.apply(next.change.writes);
    assert.notEqual(next.fingerprint, made.fingerprint);
    const other = await digestSigner(keys, "eu-west-1", at);
    await database.apply(other.change.writes);
    assert.notEqual(other.fingerprint, made.fingerprint);

    const listed = await keys.list("us-east-1");
    assert.deepEqual(
      listed.keys.map(({ fingerprint }) => fingerprint),
      [made.fingerprint, next.fingerprint],
    );
    const end = new Date(begin + year);
    const between = (from: Date, to: Date) =>
      keysBetween(listed, from, to).map(({ fingerprint }) => fingerprint);
    assert.deepEqual(between(new Date(0), new Date(begin - 1)), []);
    assert.deepEqual(between(new Date(0), new Date(begin)), [made.fingerprint]);
    assert.deepEqual(between(new Date(end.getTime() - 1), end), [
      made.fingerprint,
      next.fingerprint,
    ]);
    // Digests of the first key's last hours end when it signs no more.
    assert.deepEqual(between(end, end), [made.fingerprint, next.fingerprint]);
    const later = new Date(end.getTime() + 86_400_000);
    assert.deepEqual(between(later, later), [next.fingerprint]);

    const signature = await made.sign("text");
    const der = Buffer.from(listed.keys[0]?.publicKey ?? []);
    const key = createPublicKey({ key: der, type: "pkcs1", format: "der" });
    assert.ok(verify("sha256", Buffer.from("text"), key, Buffer.from(signature, "hex")));
    assert.match(made.fingerprint, /^[0-9a-f]{32}$/);
    await database.apply([{ statement: sql`UPDATE digest_keys SET keys = '[]'`, rows: "any" }]);
    await assert.rejects(keys.list("us-east-1"), IntegrityError);
  },
);
