import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import type { TestServer } from "../support/keywright.ts";
import { externalKey, importBytes, importedKey, importState } from "./import-support.ts";
import { auditOf, connect, hour, openServer, refused } from "./support.ts";

describe("expiry of imported key material (facts 7.6)", () => {
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
  const at = (hours: number): Date => new Date(Date.now() + hours * hour);
  /** Lets hours go by; the service does nothing of its own accord. */
  const pass = (hours: number): void => {
    server.clock.offset += hours * hour;
    kms = connect(server);
  };
  /** Bytes of the stored material of a key, by generation; 0 where they are gone. */
  const stored = (keyId: string): readonly number[] => {
    using database = new DatabaseSync(join(server.folder, "keywright.db"), { readOnly: true });
    const rows = database
      .prepare("SELECT wrapped FROM key_materials WHERE key_id = ? ORDER BY generation")
      .all(keyId);
    return rows.map((row) => (row["wrapped"] as Uint8Array).length);
  };
  const expiries = async (keyId: string) =>
    (await auditOf(server, "DeleteExpiredKeyMaterial"))
      .filter((record) => JSON.stringify(record["resources"]).includes(keyId))
      .map((record) => [record["eventType"], record["serviceEventDetails"]]);

  test("use ends at ValidTo, before anything has deleted the material; then it is deleted", async () => {
    const key = await importedKey(kms, {}, { ValidTo: at(2) });
    const KeyId = key.id;
    const Plaintext = Buffer.from("in time");
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
    pass(1.99);
    await kms.decrypt({ CiphertextBlob });
    await server.sweep();
    assert.equal((await importState(kms, KeyId))["KeyState"], "Enabled");
    pass(0.02);
    assert.ok((stored(KeyId)[0] ?? 0) > 0);
    const waiting = {
      KeyState: "PendingImport",
      Enabled: false,
      CurrentKeyMaterialId: key.material,
    };
    assert.deepEqual(await importState(kms, KeyId), waiting);
    for (const call of [
      () => kms.decrypt({ CiphertextBlob }),
      () => kms.encrypt({ KeyId, Plaintext }),
    ])
      await refused(call(), "KMSInvalidStateException", `${key.arn} is pending import.`);
    await server.sweep();
    assert.deepEqual(stored(KeyId), [0]);
    assert.deepEqual(await importState(kms, KeyId), waiting);
    await server.sweep();
    assert.deepEqual(await expiries(KeyId), [
      ["AwsServiceEvent", { keyId: KeyId, keyMaterialId: key.material }],
    ]);
    await importBytes(kms, KeyId, key.bytes, { ValidTo: at(24) });
    assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, Uint8Array.from(Plaintext));
  });

  test("each material expires by itself; what waits for its rotation takes nothing else with it", async () => {
    const key = await importedKey(kms);
    const KeyId = key.id;
    const ImportType = "NEW_KEY_MATERIAL";
    await importBytes(kms, KeyId, randomBytes(32), { ImportType, ValidTo: at(1) });
    pass(1.01);
    await refused(
      kms.rotateKeyOnDemand({ KeyId }),
      "KMSInvalidStateException",
      `No available key material pending rotation for the key: ${key.arn}.`,
    );
    await server.sweep();
    assert.equal((await importState(kms, KeyId))["KeyState"], "Enabled");
    assert.equal(stored(KeyId).length, 1);
    const second = randomBytes(32);
    const ValidTo = new Date(Date.now() + server.clock.offset + hour);
    await importBytes(kms, KeyId, second, { ImportType, ValidTo });
    await kms.rotateKeyOnDemand({ KeyId });
    pass(1.01);
    await server.sweep();
    assert.equal((await importState(kms, KeyId))["KeyState"], "PendingImport");
    const [first = 0, last] = stored(KeyId);
    assert.ok(first > 0);
    assert.equal(last, 0);
    await importBytes(kms, KeyId, second);
    assert.equal((await importState(kms, KeyId))["KeyState"], "Enabled");
  });

  test("material of a disabled key, and of one pending deletion, expires too; its state stays", async () => {
    const [disabled, pending] = [
      await importedKey(kms, {}, { ValidTo: at(1) }),
      await importedKey(kms, {}, { ValidTo: at(1) }),
    ];
    await kms.disableKey({ KeyId: disabled.id });
    await kms.scheduleKeyDeletion({ KeyId: pending.id });
    pass(1.01);
    await server.sweep();
    assert.deepEqual(stored(disabled.id), [0]);
    assert.deepEqual(stored(pending.id), [0]);
    const state = await importState(kms, pending.id);
    assert.equal(state["KeyState"], "PendingDeletion");
    assert.equal(state["ExpirationModel"], undefined);
    await importBytes(kms, disabled.id, disabled.bytes);
    assert.equal((await importState(kms, disabled.id))["KeyState"], "Disabled");
  });

  test("material that expired while the service was down is refused as soon as it is up, and deleted", async () => {
    const own = await openServer();
    const first = connect(own);
    const key = await importedKey(first, {}, { ValidTo: at(1) });
    const { CiphertextBlob } = await first.encrypt({ KeyId: key.id, Plaintext: Buffer.of(1) });
    own.clock.offset = 2 * hour;
    await own.restart();
    const second = connect(own);
    await refused(
      second.decrypt({ CiphertextBlob }),
      "KMSInvalidStateException",
      `${key.arn} is pending import.`,
    );
    await own.sweep();
    assert.equal((await auditOf(own, "DeleteExpiredKeyMaterial")).length, 1);
  });

  test("an HMAC key ends in the same way", async () => {
    const kind = { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" } as const;
    const { id: KeyId, arn } = await externalKey(kms, kind);
    await importBytes(kms, KeyId, randomBytes(32), { ValidTo: at(1) });
    const mac = { KeyId, MacAlgorithm: "HMAC_SHA_256", Message: Buffer.of(1) } as const;
    await kms.generateMac(mac);
    pass(1.01);
    await refused(kms.generateMac(mac), "KMSInvalidStateException", `${arn} is pending import.`);
    await server.sweep();
    assert.deepEqual(stored(KeyId), [0]);
  });
});
