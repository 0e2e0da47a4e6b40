import * as assert from "node:assert/strict";
import { afterEach, before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import type { TestServer } from "../support/keywright.ts";
import {
  answer,
  auditOf,
  connect,
  createKey,
  day,
  missingId,
  openServer,
  refused,
} from "./support.ts";

describe("rotation (facts 8)", () => {
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
  /** Lets days go by, and the service do what is due. */
  const pass = async (days: number): Promise<void> => {
    server.clock.offset += days * day;
    kms = connect(server);
    await server.sweep();
  };
  const material = async (KeyId: string): Promise<string> =>
    String((await kms.describeKey({ KeyId })).KeyMetadata?.CurrentKeyMaterialId);
  const near = (date: Date | undefined, days: number): void =>
    assert.ok(
      Math.abs(Number(date) - Date.now() - days * day) < 60_000,
      `${date} is not in ${days} days`,
    );

  test("a key does not rotate unless asked: GetKeyRotationStatus answers two members", async () => {
    const key = await createKey(kms);
    assert.deepEqual(await answer(kms.getKeyRotationStatus({ KeyId: key.id })), {
      KeyId: key.id,
      KeyRotationEnabled: false,
    });
    assert.deepEqual(await answer(kms.listKeyRotations({ KeyId: key.id })), {
      Rotations: [],
      Truncated: false,
    });
  });

  test("EnableKeyRotation answers nothing; the period is 365 days or as given, from now on", async () => {
    const key = await createKey(kms);
    assert.deepEqual(await answer(kms.enableKeyRotation({ KeyId: key.id })), {});
    const { NextRotationDate, ...rest } = await answer(
      kms.getKeyRotationStatus({ KeyId: key.arn }),
    );
    assert.deepEqual(rest, { KeyId: key.id, KeyRotationEnabled: true, RotationPeriodInDays: 365 });
    near(NextRotationDate, 365);
    await pass(10);
    await kms.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 90 });
    const changed = await kms.getKeyRotationStatus({ KeyId: key.id });
    assert.equal(changed.RotationPeriodInDays, 90);
    near(changed.NextRotationDate, 100);
    assert.deepEqual(await answer(kms.disableKeyRotation({ KeyId: key.id })), {});
    assert.deepEqual(await answer(kms.disableKeyRotation({ KeyId: key.id })), {});
    assert.equal(
      (await kms.getKeyRotationStatus({ KeyId: key.id })).RotationPeriodInDays,
      undefined,
    );
  });

  test("the period is 90 to 2,560 days", async () => {
    const key = await createKey(kms);
    for (const days of [90, 2560])
      await kms.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: days });
    for (const [days, rule] of [
      [89, "greater than or equal to 90"],
      [2561, "less than or equal to 2560"],
    ] as const)
      await refused(
        kms.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: days }),
        "ValidationException",
        `1 validation error detected: Value '${days}' at 'rotationPeriodInDays' failed to satisfy constraint: Member must have value ${rule}`,
      );
  });

  test("a key rotates when its date has come, not before, and goes on rotating", async () => {
    const key = await createKey(kms);
    await kms.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 90 });
    await pass(89.9);
    assert.equal(await material(key.id), key.material);
    await pass(0.2);
    const second = await material(key.id);
    assert.notEqual(second, key.material);
    await pass(90.1);
    const third = await material(key.id);
    assert.notEqual(third, second);
    const { Rotations = [] } = await kms.listKeyRotations({ KeyId: key.id });
    assert.deepEqual(
      Rotations.map(({ RotationDate, ...rest }) => [rest, RotationDate instanceof Date]),
      [
        [
          {
            KeyId: key.id,
            KeyMaterialId: second,
            KeyMaterialState: "NON_CURRENT",
            RotationType: "AUTOMATIC",
          },
          true,
        ],
        [
          {
            KeyId: key.id,
            KeyMaterialId: third,
            KeyMaterialState: "CURRENT",
            RotationType: "AUTOMATIC",
          },
          true,
        ],
      ],
    );
  });

  test("old ciphertexts open under the material that made them, new ones are made with the new", async () => {
    const key = await createKey(kms);
    const Plaintext = Buffer.from("kept");
    const made: { readonly blob: Uint8Array | undefined; readonly material: string }[] = [];
    for (const _rotation of [1, 2, 3]) {
      const { CiphertextBlob } = await kms.encrypt({ KeyId: key.id, Plaintext });
      made.push({ blob: CiphertextBlob, material: await material(key.id) });
      await kms.rotateKeyOnDemand({ KeyId: key.id });
    }
    assert.equal(new Set(made.map((each) => each.material)).size, 3);
    await server.restart();
    kms = connect(server);
    for (const each of made) {
      const opened = await kms.decrypt({ CiphertextBlob: each.blob, KeyId: key.id });
      assert.equal(opened.KeyMaterialId, each.material);
      assert.deepEqual(opened.Plaintext, Uint8Array.from(Plaintext));
    }
    const current = await material(key.id);
    const { KeyMaterialId } = await kms.generateDataKey({ KeyId: key.id, KeySpec: "AES_256" });
    assert.equal(KeyMaterialId, current);
    const moved = await kms.reEncrypt({ CiphertextBlob: made[0]?.blob, DestinationKeyId: key.id });
    assert.equal(moved.SourceKeyMaterialId, key.material);
    assert.equal(moved.DestinationKeyMaterialId, current);
  });

  test("on demand: the answer is the ARN, the schedule stays", async () => {
    const key = await createKey(kms);
    await kms.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 100 });
    const before = await answer(kms.getKeyRotationStatus({ KeyId: key.id }));
    assert.deepEqual(await answer(kms.rotateKeyOnDemand({ KeyId: key.id })), { KeyId: key.arn });
    assert.deepEqual(await answer(kms.getKeyRotationStatus({ KeyId: key.id })), before);
    assert.notEqual(await material(key.id), key.material);
  });

  test("ALL_KEY_MATERIAL adds the first material, which was no rotation", async () => {
    const key = await createKey(kms);
    await kms.rotateKeyOnDemand({ KeyId: key.id });
    const IncludeKeyMaterial = "ALL_KEY_MATERIAL";
    const { Rotations = [] } = await kms.listKeyRotations({ KeyId: key.arn, IncludeKeyMaterial });
    const [first, second] = Rotations;
    assert.deepEqual(first, {
      KeyId: key.id,
      KeyMaterialId: key.material,
      KeyMaterialState: "NON_CURRENT",
    });
    assert.equal(second?.RotationType, "ON_DEMAND");
    assert.equal(second.KeyMaterialState, "CURRENT");
    const only = await kms.listKeyRotations({
      KeyId: key.id,
      IncludeKeyMaterial: "ROTATIONS_ONLY",
    });
    assert.deepEqual(only.Rotations, [second]);
  });

  test("on demand 25 times for a key; automatic rotations do not count", async () => {
    const key = await createKey(kms);
    await kms.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 90 });
    await pass(91);
    for (let times = 0; times < 25; times++) await kms.rotateKeyOnDemand({ KeyId: key.id });
    await refused(
      kms.rotateKeyOnDemand({ KeyId: key.id }),
      "LimitExceededException",
      `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${key.arn}`,
    );
  });

  test("on demand conflicts with an automatic rotation due within 20 minutes", async () => {
    const key = await createKey(kms);
    await kms.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 90 });
    await pass(90 - 15 / (24 * 60));
    await refused(
      kms.rotateKeyOnDemand({ KeyId: key.id }),
      "ConflictException",
      /due within 20 minutes/,
    );
    await pass(0.1);
    await kms.rotateKeyOnDemand({ KeyId: key.id });
  });

  test("a disabled key does not rotate; the overdue rotation comes when it is enabled again", async () => {
    const key = await createKey(kms);
    await kms.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 90 });
    await kms.disableKey({ KeyId: key.id });
    await pass(100);
    assert.equal(await material(key.id), key.material);
    assert.equal((await kms.getKeyRotationStatus({ KeyId: key.id })).KeyRotationEnabled, true);
    await kms.enableKey({ KeyId: key.id });
    await server.sweep();
    assert.notEqual(await material(key.id), key.material);
  });

  test("a key pending deletion reads as not rotating; the setting comes back", async () => {
    const key = await createKey(kms);
    await kms.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 90 });
    const before = await answer(kms.getKeyRotationStatus({ KeyId: key.id }));
    await kms.scheduleKeyDeletion({ KeyId: key.id });
    assert.deepEqual(await answer(kms.getKeyRotationStatus({ KeyId: key.id })), {
      KeyId: key.id,
      KeyRotationEnabled: false,
    });
    await kms.cancelKeyDeletion({ KeyId: key.id });
    assert.deepEqual(await answer(kms.getKeyRotationStatus({ KeyId: key.id })), before);
  });

  test("each rotation is recorded as a service event with both materials", async () => {
    const key = await createKey(kms);
    await kms.rotateKeyOnDemand({ KeyId: key.id });
    await kms.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 90 });
    const second = await material(key.id);
    await pass(91);
    const third = await material(key.id);
    const records = (await auditOf(server, "RotateKey")).filter((record) =>
      JSON.stringify(record["resources"]).includes(key.id),
    );
    assert.deepEqual(
      records.map((record) => record["serviceEventDetails"]),
      [
        ["ON_DEMAND", key.material, second],
        ["AUTOMATIC", second, third],
      ].map(([rotationType, previousKeyMaterialId, currentKeyMaterialId]) => ({
        rotationType,
        keyOrigin: "AWS_KMS",
        previousKeyMaterialId,
        currentKeyMaterialId,
        keyId: key.id,
      })),
    );
    for (const record of records) {
      assert.equal(record["eventType"], "AwsServiceEvent");
      assert.equal(record["requestParameters"], null);
      assert.equal(record["responseElements"], null);
      assert.deepEqual(record["userIdentity"], {
        accountId: "111122223333",
        invokedBy: "AWS Internal",
      });
    }
  });

  test("a missing key has no rotation status", async () => {
    await refused(
      kms.rotateKeyOnDemand({ KeyId: missingId }),
      "NotFoundException",
      /does not exist/,
    );
  });
});
