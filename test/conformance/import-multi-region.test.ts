import * as assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import { encodeBlobHeader } from "../../src/crypto/ciphertext.ts";
import type { TestServer } from "../support/keywright.ts";
import {
  encryptTo,
  externalKey,
  forever,
  importBytes,
  importedKey,
  importPrivateKey,
  importState,
  parametersFor,
} from "./import-support.ts";
import { answer, auditOf, connect, day, hour, openServer, refused } from "./support.ts";

const ImportType = "NEW_KEY_MATERIAL";
const [west, south] = ["us-west-2", "ap-south-1"] as const;

describe("imported material of multi-Region keys (facts 7.4, 9)", () => {
  let server: TestServer;
  let east: KMS;
  let there: KMS;
  let far: KMS;
  const reconnect = (): void => {
    [east, there, far] = [
      connect(server),
      connect(server, "admin", west),
      connect(server, "admin", south),
    ];
  };
  before(async () => {
    server = await openServer();
    reconnect();
  });
  /** A primary key with its first material, and a replica that has it, too. */
  const family = async () => {
    const key = await importedKey(east, { MultiRegion: true });
    await replicate(key.id, west);
    await importBytes(there, key.id, key.bytes);
    return key;
  };
  const replicate = (KeyId: string, ReplicaRegion: string) =>
    east.replicateKey({ KeyId, ReplicaRegion });
  const stateOf = async (kms: KMS, KeyId: string) => (await importState(kms, KeyId))["KeyState"];
  const listed = async (kms: KMS, KeyId: string) => {
    const IncludeKeyMaterial = "ALL_KEY_MATERIAL";
    const { Rotations = [] } = await kms.listKeyRotations({ KeyId, IncludeKeyMaterial });
    return Rotations.map((each) => `${each.KeyMaterialState} ${each.ImportState}`);
  };

  test("a replica waits for the primary's material, and takes no other", async () => {
    const key = await importedKey(east, { MultiRegion: true });
    const KeyId = key.id;
    await replicate(KeyId, west);
    assert.deepEqual(await importState(there, KeyId), {
      KeyState: "PendingImport",
      Enabled: false,
      CurrentKeyMaterialId: key.material,
    });
    assert.deepEqual(await listed(there, KeyId), ["CURRENT PENDING_IMPORT"]);
    await refused(importBytes(there, KeyId, randomBytes(32)), "IncorrectKeyMaterialException");
    const { KeyMaterialId } = await importBytes(there, KeyId, key.bytes);
    assert.equal(KeyMaterialId, key.material);
    const Plaintext = Buffer.from("opens anywhere");
    const { CiphertextBlob } = await east.encrypt({ KeyId, Plaintext });
    const opened = await there.decrypt({ CiphertextBlob, KeyId });
    assert.deepEqual(opened.Plaintext, Uint8Array.from(Plaintext));
  });

  test("new material and its description come to the primary only", async () => {
    const key = await family();
    const arn = key.arn.replace("us-east-1", west);
    await refused(
      importBytes(there, key.id, randomBytes(32), { ImportType }),
      "UnsupportedOperationException",
      `${arn} is not a multi-region primary key.`,
    );
    await refused(
      importBytes(there, key.id, key.bytes, { KeyMaterialDescription: "of the replica" }),
      "ValidationException",
      /primary key only/,
    );
    await importBytes(east, key.id, key.bytes, { KeyMaterialDescription: "shared" });
    const IncludeKeyMaterial = "ALL_KEY_MATERIAL";
    const { Rotations } = await there.listKeyRotations({ KeyId: key.id, IncludeKeyMaterial });
    assert.equal(Rotations?.[0]?.KeyMaterialDescription, "shared");
  });

  test("new material waits for its import in every replica, then for its rotation, which reaches all", async () => {
    const key = await family();
    const KeyId = key.id;
    await replicate(KeyId, south);
    await importBytes(far, KeyId, key.bytes);
    const bytes = randomBytes(32);
    const next = String((await importBytes(east, KeyId, bytes, { ImportType })).KeyMaterialId);
    const waits = (imported: boolean) =>
      `PENDING_MULTI_REGION_IMPORT_AND_ROTATION ${imported ? "IMPORTED" : "PENDING_IMPORT"}`;
    const [mine, missing] = [waits(true), waits(false)];
    const current = "CURRENT IMPORTED";
    assert.deepEqual(await listed(east, KeyId), [current, mine]);
    assert.deepEqual(await listed(there, KeyId), [current, missing]);
    for (const kms of [east, there, far]) assert.equal(await stateOf(kms, KeyId), "Enabled");
    const nothing = `No available key material pending rotation for the key: ${key.arn}.`;
    const rotate = () => east.rotateKeyOnDemand({ KeyId });
    await refused(rotate(), "KMSInvalidStateException", nothing);
    await importBytes(there, KeyId, bytes);
    assert.deepEqual(await listed(there, KeyId), [current, mine]);
    assert.deepEqual(await listed(far, KeyId), [current, missing]);
    await refused(rotate(), "KMSInvalidStateException", nothing);
    await importBytes(far, KeyId, bytes);
    for (const kms of [east, there, far])
      assert.deepEqual(await listed(kms, KeyId), [current, "PENDING_ROTATION IMPORTED"]);
    await refused(
      there.rotateKeyOnDemand({ KeyId }),
      "UnsupportedOperationException",
      /is not a multi-region primary key/,
    );
    assert.deepEqual(await answer(rotate()), { KeyId: key.arn });
    const Plaintext = Buffer.from("under the new one");
    const { CiphertextBlob } = await far.encrypt({ KeyId, Plaintext });
    for (const kms of [east, there, far]) {
      assert.equal((await importState(kms, KeyId))["CurrentKeyMaterialId"], next);
      assert.deepEqual(await listed(kms, KeyId), ["NON_CURRENT IMPORTED", current]);
      const opened = await kms.decrypt({ CiphertextBlob, KeyId });
      assert.equal(opened.KeyMaterialId, next);
    }
  });

  test("a new replica, and material that one region gives up, make the rotation wait again", async () => {
    const key = await family();
    const KeyId = key.id;
    const bytes = randomBytes(32);
    const next = String((await importBytes(east, KeyId, bytes, { ImportType })).KeyMaterialId);
    await importBytes(there, KeyId, bytes);
    const last = async (kms: KMS) => (await listed(kms, KeyId)).at(-1);
    assert.equal(await last(east), "PENDING_ROTATION IMPORTED");
    await there.deleteImportedKeyMaterial({ KeyId, KeyMaterialId: next });
    assert.equal(await last(east), "PENDING_MULTI_REGION_IMPORT_AND_ROTATION IMPORTED");
    assert.equal(await stateOf(there, KeyId), "Enabled");
    await importBytes(there, KeyId, bytes);
    await replicate(KeyId, south);
    assert.equal(await last(east), "PENDING_MULTI_REGION_IMPORT_AND_ROTATION IMPORTED");
    await importBytes(far, KeyId, key.bytes);
    await importBytes(far, KeyId, bytes);
    assert.equal(await last(east), "PENDING_ROTATION IMPORTED");
    for (const kms of [far, there, east])
      await kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId: next });
    for (const kms of [east, there, far])
      assert.deepEqual(await listed(kms, KeyId), ["CURRENT IMPORTED"]);
  });

  test("imports in two regions at once both count", async () => {
    const key = await family();
    const KeyId = key.id;
    await replicate(KeyId, south);
    await importBytes(far, KeyId, key.bytes);
    const bytes = randomBytes(32);
    const { KeyMaterialId } = await importBytes(east, KeyId, bytes, { ImportType });
    const prepared = await Promise.all(
      [there, far].map(async (kms) => {
        const { ImportToken, PublicKey } = await parametersFor(kms, KeyId);
        const EncryptedKeyMaterial = encryptTo(PublicKey, bytes);
        return { kms, input: { KeyId, ImportToken, EncryptedKeyMaterial, ...forever } };
      }),
    );
    for (let round = 0; round < 10; round++) {
      await Promise.all(prepared.map(({ kms, input }) => kms.importKeyMaterial(input)));
      for (const kms of [east, there, far])
        assert.deepEqual(await listed(kms, KeyId), [
          "CURRENT IMPORTED",
          "PENDING_ROTATION IMPORTED",
        ]);
      await Promise.all(
        [there, far].map((kms) => kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId })),
      );
    }
  });

  test("a ciphertext that claims material which waits, and is not there, is none of the key's", async () => {
    const key = await family();
    const KeyId = key.id;
    const { KeyMaterialId } = await importBytes(east, KeyId, randomBytes(32), { ImportType });
    const header = encodeBlobHeader(KeyId, String(KeyMaterialId), randomBytes(32));
    const CiphertextBlob = Buffer.concat([header, randomBytes(64)]);
    for (const kms of [east, there])
      await refused(kms.decrypt({ CiphertextBlob }), "InvalidCiphertextException");
  });

  test("material expires and is deleted in each region by itself", async () => {
    const key = await family();
    const KeyId = key.id;
    await there.deleteImportedKeyMaterial({ KeyId });
    assert.equal(await stateOf(there, KeyId), "PendingImport");
    assert.equal(await stateOf(east, KeyId), "Enabled");
    await importBytes(there, KeyId, key.bytes, { ValidTo: new Date(Date.now() + hour) });
    assert.equal((await importState(east, KeyId))["ValidTo"], undefined);
    server.clock.offset = 2 * hour;
    reconnect();
    await server.sweep();
    assert.equal(await stateOf(there, KeyId), "PendingImport");
    assert.equal(await stateOf(east, KeyId), "Enabled");
    server.clock.offset = 0;
    reconnect();
  });

  test("a replica that is deleted keeps no rotation waiting", async () => {
    const key = await family();
    const KeyId = key.id;
    const bytes = randomBytes(32);
    const next = String((await importBytes(east, KeyId, bytes, { ImportType })).KeyMaterialId);
    await there.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    server.clock.offset = 7 * day + hour;
    reconnect();
    await server.sweep();
    assert.deepEqual((await listed(east, KeyId)).at(-1), "PENDING_ROTATION IMPORTED");
    await east.rotateKeyOnDemand({ KeyId });
    assert.equal((await importState(east, KeyId))["CurrentKeyMaterialId"], next);
    server.clock.offset = 0;
    reconnect();
  });

  test("a pair and an HMAC key have the same material in all regions", async () => {
    const pair = await externalKey(east, {
      KeySpec: "ECC_NIST_P256",
      KeyUsage: "SIGN_VERIFY",
      MultiRegion: true,
    });
    const generate = () =>
      generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
        type: "pkcs8",
        format: "der",
      });
    const material = generate();
    await importPrivateKey(east, pair.id, material);
    await replicate(pair.id, west);
    await refused(importPrivateKey(there, pair.id, generate()), "IncorrectKeyMaterialException");
    const { PublicKey } = await there.getPublicKey({ KeyId: pair.id });
    assert.deepEqual((await east.getPublicKey({ KeyId: pair.id })).PublicKey, PublicKey);
    await importPrivateKey(there, pair.id, material);
    const signed = {
      KeyId: pair.id,
      SigningAlgorithm: "ECDSA_SHA_256",
      Message: Buffer.of(1),
    } as const;
    const { Signature } = await there.sign(signed);
    assert.equal((await east.verify({ ...signed, Signature })).SignatureValid, true);
    const hmac = await externalKey(east, {
      KeySpec: "HMAC_256",
      KeyUsage: "GENERATE_VERIFY_MAC",
      MultiRegion: true,
    });
    const bytes = randomBytes(40);
    await importBytes(east, hmac.id, bytes);
    await replicate(hmac.id, west);
    await refused(importBytes(there, hmac.id, randomBytes(40)), "IncorrectKeyMaterialException");
    await importBytes(there, hmac.id, bytes);
    const message = {
      KeyId: hmac.id,
      MacAlgorithm: "HMAC_SHA_256",
      Message: Buffer.of(1),
    } as const;
    assert.deepEqual((await there.generateMac(message)).Mac, (await east.generateMac(message)).Mac);
  });

  test("what reaches the relatives is recorded as a synchronization of the primary", async () => {
    const key = await family();
    await importBytes(east, key.id, randomBytes(32), { ImportType });
    const records = (await auditOf(server, "SynchronizeMultiRegionKey")).filter((record) =>
      JSON.stringify(record["resources"]).includes(key.id),
    );
    assert.equal(records.length, 1);
    assert.equal(records[0]?.["awsRegion"], "us-east-1");
    assert.equal(records[0]["eventType"], "AwsServiceEvent");
  });
});
