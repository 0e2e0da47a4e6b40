import * as assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import { initialize } from "../../src/composition/init.ts";
import { openRunning } from "../../src/composition/running.ts";
import type { Log } from "../../src/server/log.ts";
import { filesIn } from "../support/files.ts";
import type { TestServer } from "../support/keywright.ts";
import { testConfig } from "../support/keywright.ts";
import {
  answer,
  auditOf,
  connect,
  createKey,
  day,
  hour,
  keyArn,
  openServer,
  refused,
  region,
  testSeedWithKey,
  userArn,
} from "./support.ts";

describe("deletion of keys (facts 4.1)", () => {
  let server: TestServer;
  let kms: KMS;
  before(async () => {
    server = await openServer();
    kms = connect(server);
  });
  afterEach(() => {
    server.clock.offset = 0;
    kms = connect(server);
  });
  const pass = async (time: number): Promise<void> => {
    server.clock.offset += time;
    kms = connect(server);
    await server.sweep();
  };
  const state = async (KeyId: string) => (await kms.describeKey({ KeyId })).KeyMetadata?.KeyState;

  test("ScheduleKeyDeletion answers ARN, date, state and window; 30 days unless said otherwise", async () => {
    for (const [PendingWindowInDays, expected] of [
      [undefined, 30],
      [7, 7],
      [30, 30],
    ] as const) {
      const key = await createKey(kms);
      const { DeletionDate, ...rest } = await answer(
        kms.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays }),
      );
      assert.deepEqual(rest, {
        KeyId: key.arn,
        KeyState: "PendingDeletion",
        PendingWindowInDays: expected,
      });
      assert.ok(Math.abs(Number(DeletionDate) - Date.now() - expected * day) < 60_000);
      const { KeyMetadata } = await kms.describeKey({ KeyId: key.id });
      assert.equal(KeyMetadata?.KeyState, "PendingDeletion");
      assert.equal(KeyMetadata?.Enabled, false);
      assert.deepEqual(KeyMetadata?.DeletionDate, DeletionDate);
      assert.equal(KeyMetadata?.PendingDeletionWindowInDays, undefined);
    }
  });

  test("the window is 7 to 30 days; the model's own bounds are wider", async () => {
    const key = await createKey(kms);
    for (const PendingWindowInDays of [1, 6, 31, 365])
      await refused(
        kms.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays }),
        "ValidationException",
        /7.*30/,
      );
    await refused(
      kms.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 366 }),
      "ValidationException",
      "1 validation error detected: Value '366' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value less than or equal to 365",
    );
    assert.equal(await state(key.id), "Enabled");
  });

  test("CancelKeyDeletion answers the ARN and leaves the key disabled, whatever it was", async () => {
    const key = await createKey(kms);
    await kms.scheduleKeyDeletion({ KeyId: key.id });
    assert.deepEqual(await answer(kms.cancelKeyDeletion({ KeyId: key.id })), { KeyId: key.arn });
    assert.equal(await state(key.id), "Disabled");
    await pass(60 * day);
    assert.equal(await state(key.id), "Disabled");
  });

  test("a key lives until its window has ended, and can be saved until then", async () => {
    const key = await createKey(kms);
    await kms.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 });
    await pass(7 * day - hour);
    assert.equal(await state(key.id), "PendingDeletion");
    await kms.cancelKeyDeletion({ KeyId: key.id });
    await pass(30 * day);
    assert.equal(await state(key.id), "Disabled");
  });

  test("after the window the key, its aliases and grants are gone; its ciphertexts are lost", async () => {
    const key = await createKey(kms, { Tags: [{ TagKey: "a", TagValue: "b" }] });
    await kms.createAlias({ AliasName: "alias/doomed", TargetKeyId: key.id });
    const grant = await kms.createGrant({
      KeyId: key.id,
      GranteePrincipal: userArn("nobody"),
      RetiringPrincipal: userArn("nobody"),
      Operations: ["Decrypt"],
    });
    const { CiphertextBlob } = await kms.encrypt({ KeyId: key.id, Plaintext: Buffer.of(1) });
    await kms.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 });
    await pass(7 * day + hour);

    const gone = `Key '${key.arn}' does not exist`;
    for (const call of [
      () => kms.describeKey({ KeyId: key.id }),
      () => kms.encrypt({ KeyId: key.arn, Plaintext: Buffer.of(1) }),
      () => kms.cancelKeyDeletion({ KeyId: key.id }),
      () => kms.decrypt({ CiphertextBlob, KeyId: key.id }),
      () => kms.listGrants({ KeyId: key.id }),
      () => kms.listAliases({ KeyId: key.id }),
    ])
      await refused(call(), "NotFoundException", gone);
    await refused(
      kms.decrypt({ CiphertextBlob }),
      "AccessDeniedException",
      /^The ciphertext refers to/,
    );
    await refused(
      kms.describeKey({ KeyId: "alias/doomed" }),
      "NotFoundException",
      `Alias arn:aws:kms:${region}:111122223333:alias/doomed is not found.`,
    );
    await refused(kms.retireGrant({ GrantToken: grant.GrantToken }), "NotFoundException", gone);
    const { Keys = [] } = await kms.listKeys({ Limit: 1000 });
    assert.ok(!Keys.some((each) => each.KeyId === key.id));
    const retirable = await kms.listRetirableGrants({ RetiringPrincipal: userArn("nobody") });
    assert.deepEqual(retirable.Grants, []);

    const other = await createKey(kms);
    await kms.createAlias({ AliasName: "alias/doomed", TargetKeyId: other.id });
    assert.equal((await kms.describeKey({ KeyId: "alias/doomed" })).KeyMetadata?.KeyId, other.id);
    await server.restart();
    kms = connect(server);
    await refused(kms.describeKey({ KeyId: key.id }), "NotFoundException", gone);
  });

  test("the deletion is recorded as a service event", async () => {
    const key = await createKey(kms);
    await kms.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 });
    await pass(8 * day);
    await pass(1);
    const records = (await auditOf(server, "DeleteKey")).filter((record) =>
      JSON.stringify(record["resources"]).includes(key.id),
    );
    assert.equal(records.length, 1);
    const [record] = records;
    assert.equal(record?.["eventType"], "AwsServiceEvent");
    assert.equal(record["readOnly"], false);
    assert.deepEqual(record["resources"], [
      { accountId: "111122223333", type: "AWS::KMS::Key", ARN: key.arn },
    ]);
    assert.ok(!("serviceEventDetails" in record));
    assert.ok(!("requestID" in record));
  });

  test("wrapped material is in the files while a key lives, and nowhere after its deletion", async () => {
    const key = await createKey(kms);
    const kept = await createKey(kms);
    await kms.rotateKeyOnDemand({ KeyId: key.id });
    const materials = wrappedMaterials(server, key.id);
    const others = wrappedMaterials(server, kept.id);
    assert.equal(materials.length, 2);
    assert.ok([...materials, ...others].every((bytes) => filesWith(server, bytes).length > 0));
    await kms.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 });
    await pass(8 * day);
    assert.deepEqual(
      materials.flatMap((bytes) => filesWith(server, bytes)),
      [],
    );
    assert.ok(others.every((bytes) => filesWith(server, bytes).length > 0));
  });

  test("many keys at once are all deleted by one sweep", async () => {
    const keys = await Promise.all(Array.from({ length: 101 }, () => createKey(kms)));
    await Promise.all(
      keys.map((key) => kms.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 })),
    );
    await pass(8 * day);
    const { Keys = [] } = await kms.listKeys({ Limit: 1000 });
    assert.ok(!keys.some((key) => Keys.some((each) => each.KeyId === key.id)));
  });

  test("a damaged key keeps no other waiting", async () => {
    const config = testConfig(testSeedWithKey("1234abcd-12ab-34cd-56ef-1234567890ab"));
    const logged: string[] = [];
    const log: Log = (_level, message, fields = {}) => logged.push(`${message} ${fields["error"]}`);
    await initialize(config, silent);
    const clock = { offset: 0 };
    let running = await openRunning(config, () => new Date(Date.now() + clock.offset), log);
    const server = { url: running.url, clock, folder: config.data };
    const [bad, good] = [await createKey(connect(server)), await createKey(connect(server))];
    for (const { id: KeyId } of [bad, good])
      await connect(server).scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    await running.close();
    const database = new DatabaseSync(databasePath(server));
    database.exec(`UPDATE keys SET description = 'forged' WHERE key_id = '${bad.id}'`);
    database.close();
    clock.offset = 8 * day;
    running = await openRunning(config, () => new Date(Date.now() + clock.offset), log);
    await running.sweep();
    const kms = connect({ url: running.url, clock });
    await refused(kms.describeKey({ KeyId: good.id }), "NotFoundException", /does not exist/);
    await running.close();
    assert.match(logged.join(), /sweep/);
  });

  test("an id never names another key: not even a seed's after its deletion", async () => {
    const id = "1234abcd-12ab-34cd-56ef-1234567890ab";
    const seeded = await openServer(testSeedWithKey(id));
    await connect(seeded).scheduleKeyDeletion({ KeyId: id, PendingWindowInDays: 7 });
    seeded.clock.offset = 8 * day;
    await seeded.sweep();
    await refused(
      connect(seeded).describeKey({ KeyId: id }),
      "NotFoundException",
      `Key '${keyArn(id)}' does not exist`,
    );
    using database = new DatabaseSync(databasePath(seeded), { readOnly: true });
    const tombstone = database.prepare("SELECT state FROM keys WHERE key_id = ?").get(id);
    assert.equal(tombstone?.["state"], "Deleted");
  });
});

const silent = {
  environment: {},
  workingDirectory: "/",
  clock: () => new Date(),
  out: () => undefined,
  error: () => undefined,
  ask: () => Promise.reject(new Error("nobody is asked")),
};

type Folder = Pick<TestServer, "folder">;

const databasePath = (server: Folder): string => join(server.folder, "keywright.db");

function filesWith(server: Folder, bytes: Uint8Array): readonly string[] {
  return filesIn(server.folder).flatMap(({ path, content }) =>
    content.includes(bytes) ? [path] : [],
  );
}

function wrappedMaterials(server: Folder, keyId: string): readonly Uint8Array[] {
  using database = new DatabaseSync(databasePath(server), { readOnly: true });
  const rows = database.prepare("SELECT wrapped FROM key_materials WHERE key_id = ?").all(keyId);
  return rows.map((row) => row["wrapped"] as Uint8Array);
}
