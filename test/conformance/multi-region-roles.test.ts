import * as assert from "node:assert/strict";
import { afterEach, before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import { east, north, notPrimary, place, Regions, west } from "./multi-region-support.ts";
import { account, answer, auditOf, createKey, day, keyArn, refused } from "./support.ts";

describe("primary keys and their relatives (facts 9)", () => {
  let regions: Regions;
  before(async () => {
    regions = await Regions.open();
  });
  afterEach(() => regions.reset());
  const at = (region: string): KMS => regions.at(region);

  const stateAt = async (region: string, KeyId: string) =>
    (await regions.describe(region, KeyId)).KeyState;

  test("rotation is the primary's: its new material reaches every replica with the same id", async () => {
    const key = await regions.replicated();
    const { CiphertextBlob } = await at(east).encrypt({
      KeyId: key.id,
      Plaintext: Buffer.from("before"),
    });
    await at(east).rotateKeyOnDemand({ KeyId: key.id });
    const { CurrentKeyMaterialId } = await regions.describe(east, key.id);
    assert.notEqual(CurrentKeyMaterialId, key.material);
    assert.equal((await regions.describe(west, key.id)).CurrentKeyMaterialId, CurrentKeyMaterialId);
    const old = await at(west).decrypt({ CiphertextBlob });
    assert.equal(old.KeyMaterialId, key.material);
    const fresh = await at(west).encrypt({ KeyId: key.id, Plaintext: Buffer.from("after") });
    const opened = await at(east).decrypt({ CiphertextBlob: fresh.CiphertextBlob });
    assert.equal(opened.KeyMaterialId, CurrentKeyMaterialId);
    await at(east).enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 90 });
    await regions.pass(91);
    const yearly = await regions.describe(east, key.id);
    assert.notEqual(yearly.CurrentKeyMaterialId, CurrentKeyMaterialId);
    assert.equal(
      (await regions.describe(west, key.id)).CurrentKeyMaterialId,
      yearly.CurrentKeyMaterialId,
    );
    const { Rotations } = await at(west).listKeyRotations({ KeyId: key.id });
    assert.deepEqual(
      Rotations?.map((each) => each.RotationType),
      ["ON_DEMAND", "AUTOMATIC"],
    );
  });

  test("a later replica gets the old material, too", async () => {
    const key = await regions.primary();
    const { CiphertextBlob } = await at(east).encrypt({
      KeyId: key.id,
      Plaintext: Buffer.from("early"),
    });
    await at(east).rotateKeyOnDemand({ KeyId: key.id });
    await at(east).replicateKey({ KeyId: key.id, ReplicaRegion: west });
    const opened = await at(west).decrypt({ CiphertextBlob });
    assert.equal(Buffer.from(opened.Plaintext ?? []).toString(), "early");
  });

  test("a replica tells the primary's rotation setting and cannot change it", async () => {
    const key = await regions.replicated();
    const arn = keyArn(key.id, account, west);
    await at(east).enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 100 });
    assert.deepEqual(
      await answer(at(west).getKeyRotationStatus({ KeyId: key.id })),
      await answer(at(east).getKeyRotationStatus({ KeyId: key.id })),
    );
    for (const change of [
      () => at(west).enableKeyRotation({ KeyId: key.id }),
      () => at(west).disableKeyRotation({ KeyId: key.id }),
      () => at(west).rotateKeyOnDemand({ KeyId: key.id }),
    ])
      await refused(change(), "UnsupportedOperationException", notPrimary(arn));
  });

  test("UpdatePrimaryRegion swaps the roles and takes the rotation setting along", async () => {
    const key = await regions.replicated();
    await at(east).replicateKey({ KeyId: key.id, ReplicaRegion: north });
    await at(east).enableKeyRotation({ KeyId: key.id });
    assert.deepEqual(
      await answer(at(east).updatePrimaryRegion({ KeyId: key.id, PrimaryRegion: west })),
      {},
    );
    for (const region of [east, west, north]) {
      const { MultiRegionConfiguration, KeyState } = await regions.describe(region, key.id);
      assert.equal(KeyState, "Enabled");
      assert.deepEqual(MultiRegionConfiguration, {
        MultiRegionKeyType: region === west ? "PRIMARY" : "REPLICA",
        PrimaryKey: place(key.id, west),
        ReplicaKeys: [place(key.id, east), place(key.id, north)],
      });
      const { KeyRotationEnabled } = await at(region).getKeyRotationStatus({ KeyId: key.id });
      assert.equal(KeyRotationEnabled, true);
    }
    await at(west).rotateKeyOnDemand({ KeyId: key.id });
    assert.equal(
      (await regions.describe(east, key.id)).CurrentKeyMaterialId,
      (await regions.describe(west, key.id)).CurrentKeyMaterialId,
    );
    await refused(
      at(east).updatePrimaryRegion({ KeyId: key.id, PrimaryRegion: north }),
      "UnsupportedOperationException",
      notPrimary(key.arn),
    );
  });

  test("UpdatePrimaryRegion needs a replica there, and both keys enabled", async () => {
    const key = await regions.replicated();
    const to = (PrimaryRegion: string) =>
      at(east).updatePrimaryRegion({ KeyId: key.id, PrimaryRegion });
    await refused(to(north), "UnsupportedOperationException", /no replica key in eu-north-1/);
    await refused(to(east), "UnsupportedOperationException", /no replica key in us-east-1/);
    await at(west).disableKey({ KeyId: key.id });
    await refused(to(west), "DisabledException", `${keyArn(key.id, account, west)} is disabled.`);
    await at(west).enableKey({ KeyId: key.id });
    await at(east).disableKey({ KeyId: key.id });
    await refused(to(west), "DisabledException", `${key.arn} is disabled.`);
    const single = await createKey(at(east));
    await refused(
      at(east).updatePrimaryRegion({ KeyId: single.id, PrimaryRegion: west }),
      "UnsupportedOperationException",
      notPrimary(single.arn),
    );
  });

  test("a primary key waits for the deletion of its replicas before its own window begins", async () => {
    const key = await regions.replicated();
    assert.deepEqual(
      await answer(at(east).scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 8 })),
      { KeyId: key.arn, KeyState: "PendingReplicaDeletion", PendingWindowInDays: 8 },
    );
    const waiting = await regions.describe(east, key.id);
    assert.equal(waiting.KeyState, "PendingReplicaDeletion");
    assert.equal(waiting.PendingDeletionWindowInDays, 8);
    assert.equal(waiting.DeletionDate, undefined);
    await refused(
      at(east).encrypt({ KeyId: key.id, Plaintext: Buffer.from("x") }),
      "KMSInvalidStateException",
      `${key.arn} is pending deletion.`,
    );
    await at(west).encrypt({ KeyId: key.id, Plaintext: Buffer.from("still works") });
    await regions.pass(40);
    assert.equal(await stateAt(east, key.id), "PendingReplicaDeletion");
    await at(west).scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 });
    await regions.pass(7.5);
    await refused(at(west).describeKey({ KeyId: key.id }), "NotFoundException", /does not exist/);
    const last = await regions.describe(east, key.id);
    assert.equal(last.KeyState, "PendingDeletion");
    assert.equal(last.PendingDeletionWindowInDays, undefined);
    assert.equal(
      Math.round((Number(last.DeletionDate) - Date.now() - regions.server.clock.offset) / day),
      8,
    );
    assert.deepEqual(last.MultiRegionConfiguration?.ReplicaKeys, []);
    await regions.pass(8.5);
    await refused(at(east).describeKey({ KeyId: key.id }), "NotFoundException", /does not exist/);
  });

  test("a deletion is cancelled in each region by itself; the key is disabled then", async () => {
    const key = await regions.replicated();
    for (const region of [east, west]) {
      await at(region).scheduleKeyDeletion({ KeyId: key.id });
      await at(region).cancelKeyDeletion({ KeyId: key.id });
      const { KeyState, DeletionDate, PendingDeletionWindowInDays } = await regions.describe(
        region,
        key.id,
      );
      assert.equal(KeyState, "Disabled");
      assert.equal(DeletionDate ?? PendingDeletionWindowInDays, undefined);
    }
  });

  test("a deleted replica can be made again", async () => {
    const key = await regions.replicated();
    const { CiphertextBlob } = await at(west).encrypt({
      KeyId: key.id,
      Plaintext: Buffer.from("x"),
    });
    await at(west).scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 });
    await regions.pass(8);
    await at(east).replicateKey({ KeyId: key.id, ReplicaRegion: west, Description: "again" });
    assert.equal((await regions.describe(west, key.id)).Description, "again");
    await at(west).decrypt({ CiphertextBlob });
    await regions.server.restart();
    regions.reset();
    await at(west).decrypt({ CiphertextBlob });
  });

  test("concurrent replications and rotations leave one consistent key", async () => {
    const key = await regions.primary();
    const replicas = [west, north, "eu-west-1", "ap-south-1"];
    await Promise.all([
      ...replicas.map((ReplicaRegion) => at(east).replicateKey({ KeyId: key.id, ReplicaRegion })),
      at(east).rotateKeyOnDemand({ KeyId: key.id }),
    ]);
    const { CurrentKeyMaterialId, MultiRegionConfiguration } = await regions.describe(east, key.id);
    assert.deepEqual(
      MultiRegionConfiguration?.ReplicaKeys?.map((each) => each.Region).toSorted(),
      replicas.toSorted(),
    );
    for (const region of replicas) {
      const replica = await regions.describe(region, key.id);
      assert.equal(replica.CurrentKeyMaterialId, CurrentKeyMaterialId);
      assert.deepEqual(
        replica.MultiRegionConfiguration?.ReplicaKeys,
        MultiRegionConfiguration?.ReplicaKeys,
      );
    }
  });

  test("replication is recorded in both regions, a new primary too", async () => {
    const key = await regions.primary();
    await at(east).replicateKey({ KeyId: key.id, ReplicaRegion: west });
    await at(east).updatePrimaryRegion({ KeyId: key.id, PrimaryRegion: west });
    const of = async (name: string) =>
      (await auditOf(regions.server, name)).filter((record) =>
        JSON.stringify(record).includes(key.id),
      );
    const [replicate] = await of("ReplicateKey");
    assert.equal(replicate?.["awsRegion"], east);
    const created = (await of("CreateKey")).find((record) => record["awsRegion"] === west);
    assert.equal(created?.["eventType"], "AwsServiceEvent");
    const updates = await of("UpdatePrimaryRegion");
    assert.deepEqual(
      updates.map((record) => record["awsRegion"]),
      [east, west],
    );
    assert.equal(updates[0]?.["requestID"], updates[1]?.["requestID"]);
    assert.notEqual(updates[0]?.["eventID"], updates[1]?.["eventID"]);
  });
});
