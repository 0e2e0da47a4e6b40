import * as assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { before, describe, test } from "node:test";
import type { KMS, RotationsListEntry } from "@aws-sdk/client-kms";
import type { TestServer } from "../support/keywright.ts";
import {
  externalKey,
  importBytes,
  importedKey,
  importPrivateKey,
  importState,
} from "./import-support.ts";
import { answer, auditOf, connect, hour, openServer, refused } from "./support.ts";

const ImportType = "NEW_KEY_MATERIAL";

describe("rotation of imported key material (facts 7.4, 8.3, 8.4)", () => {
  let server: TestServer;
  let kms: KMS;
  before(async () => {
    server = await openServer();
    kms = connect(server);
  });
  const listAll = async (KeyId: string): Promise<readonly RotationsListEntry[]> => {
    const { Rotations } = await kms.listKeyRotations({
      KeyId,
      IncludeKeyMaterial: "ALL_KEY_MATERIAL",
    });
    return Rotations ?? [];
  };
  /** Imports further material and returns its id. */
  const importNext = async (KeyId: string, bytes = randomBytes(32)): Promise<string> =>
    String((await importBytes(kms, KeyId, bytes, { ImportType })).KeyMaterialId);

  test("new material waits: the key goes on with the old one until RotateKeyOnDemand", async () => {
    const key = await importedKey(kms);
    const KeyId = key.id;
    const next = await importNext(KeyId);
    assert.notEqual(next, key.material);
    const state = await importState(kms, KeyId);
    assert.equal(state["KeyState"], "Enabled");
    assert.equal(state["CurrentKeyMaterialId"], key.material);
    const Plaintext = Buffer.from("before");
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
    assert.deepEqual(await answer(kms.rotateKeyOnDemand({ KeyId })), { KeyId: key.arn });
    assert.equal((await importState(kms, KeyId))["CurrentKeyMaterialId"], next);
    const opened = await kms.decrypt({ CiphertextBlob });
    assert.equal(opened.KeyMaterialId, key.material);
    assert.deepEqual(opened.Plaintext, Uint8Array.from(Plaintext));
    const made = await kms.generateDataKey({ KeyId, KeySpec: "AES_256" });
    assert.equal(made.KeyMaterialId, next);
    await kms.reEncrypt({ CiphertextBlob, DestinationKeyId: KeyId });
  });

  test("ListKeyRotations tells of each material what it is, how it is described and when it ends", async () => {
    const KeyMaterialDescription = "first of its key";
    const ValidTo = new Date(Math.ceil(Date.now() / 1000) * 1000 + hour);
    const key = await importedKey(kms, {}, { KeyMaterialDescription, ValidTo });
    const KeyId = key.id;
    const second = await importNext(KeyId);
    const first = {
      KeyId,
      KeyMaterialId: key.material,
      KeyMaterialDescription,
      ImportState: "IMPORTED",
      ExpirationModel: "KEY_MATERIAL_EXPIRES",
      ValidTo,
    };
    const pending = {
      KeyId,
      KeyMaterialId: second,
      ImportState: "IMPORTED",
      ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
    };
    assert.deepEqual(await listAll(KeyId), [
      { ...first, KeyMaterialState: "CURRENT" },
      { ...pending, KeyMaterialState: "PENDING_ROTATION" },
    ]);
    assert.deepEqual((await kms.listKeyRotations({ KeyId })).Rotations, []);
    await kms.rotateKeyOnDemand({ KeyId });
    const [old, current] = await listAll(KeyId);
    assert.deepEqual(old, { ...first, KeyMaterialState: "NON_CURRENT" });
    const { RotationDate, ...rest } = current ?? {};
    assert.ok(RotationDate instanceof Date);
    assert.deepEqual(rest, { ...pending, KeyMaterialState: "CURRENT", RotationType: "ON_DEMAND" });
    assert.deepEqual((await kms.listKeyRotations({ KeyId })).Rotations, [current]);
    await kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId: key.material });
    assert.deepEqual((await listAll(KeyId))[0], {
      KeyId,
      KeyMaterialId: key.material,
      KeyMaterialDescription,
      ImportState: "PENDING_IMPORT",
      KeyMaterialState: "NON_CURRENT",
    });
  });

  test("a description stays until another is given, and may be given alone", async () => {
    const key = await importedKey(kms, {}, { KeyMaterialDescription: "one" });
    const described = async () => (await listAll(key.id))[0]?.KeyMaterialDescription;
    await kms.deleteImportedKeyMaterial({ KeyId: key.id });
    await importBytes(kms, key.id, key.bytes);
    assert.equal(await described(), "one");
    await importBytes(kms, key.id, key.bytes, { KeyMaterialDescription: "two: a/b_c.d-e" });
    assert.equal(await described(), "two: a/b_c.d-e");
    for (const KeyMaterialDescription of ["a,b", "x".repeat(257)])
      await refused(
        importBytes(kms, key.id, key.bytes, { KeyMaterialDescription }),
        "ValidationException",
        /keyMaterialDescription/,
      );
  });

  test("a second new material is refused while one waits, with AWS's text", async () => {
    const key = await importedKey(kms);
    const waiting = randomBytes(32);
    const pending = await importNext(key.id, waiting);
    const bytes = randomBytes(32);
    await refused(
      importNext(key.id, bytes),
      "KMSInvalidStateException",
      new RegExp(
        `^New key material \\(id: [0-9a-f]{64}\\) cannot be imported into KMS key ${key.id}, because another key material \\(id: ${pending}\\) is pending rotation\\.$`,
      ),
    );
    // What waits may come again; once it is deleted, other material takes its place.
    await importBytes(kms, key.id, waiting, { ImportType: "EXISTING_KEY_MATERIAL" });
    await kms.deleteImportedKeyMaterial({ KeyId: key.id, KeyMaterialId: pending });
    assert.equal((await importState(kms, key.id))["KeyState"], "Enabled");
    assert.equal((await listAll(key.id)).length, 1);
    const other = await importNext(key.id, bytes);
    await kms.rotateKeyOnDemand({ KeyId: key.id });
    assert.equal((await importState(kms, key.id))["CurrentKeyMaterialId"], other);
  });

  test("without material that waits there is nothing to rotate to", async () => {
    const key = await importedKey(kms);
    const text = `No available key material pending rotation for the key: ${key.arn}.`;
    const rotate = () => kms.rotateKeyOnDemand({ KeyId: key.id });
    await refused(rotate(), "KMSInvalidStateException", text);
    await importNext(key.id);
    await rotate();
    await refused(rotate(), "KMSInvalidStateException", text);
  });

  test("state counts before kind: RotateKeyOnDemand on a key without material says pending import", async () => {
    const rsa = { KeySpec: "RSA_4096", KeyUsage: "SIGN_VERIFY" } as const;
    for (const kind of [{}, rsa]) {
      const { id, arn } = await externalKey(kms, kind);
      await refused(
        kms.rotateKeyOnDemand({ KeyId: id }),
        "KMSInvalidStateException",
        `${arn} is pending import.`,
      );
    }
    const { id } = await externalKey(kms, { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" });
    await importBytes(kms, id, randomBytes(32));
    await refused(kms.rotateKeyOnDemand({ KeyId: id }), "UnsupportedOperationException");
  });

  test("GetKeyRotationStatus says false of an imported key, and refuses one without material; the schedule is refused", async () => {
    const key = await importedKey(kms);
    const text = (arn: string) =>
      `${arn} origin is EXTERNAL which is not valid for this operation.`;
    assert.deepEqual(await answer(kms.getKeyRotationStatus({ KeyId: key.id })), {
      KeyId: key.id,
      KeyRotationEnabled: false,
    });
    for (const call of [
      () => kms.enableKeyRotation({ KeyId: key.id }),
      () => kms.disableKeyRotation({ KeyId: key.id }),
    ])
      await refused(call(), "UnsupportedOperationException", text(key.arn));
    const { id: KeyId, arn } = await externalKey(kms);
    for (const call of [
      () => kms.getKeyRotationStatus({ KeyId }),
      () => kms.enableKeyRotation({ KeyId }),
      () => kms.disableKeyRotation({ KeyId }),
    ])
      await refused(call(), "UnsupportedOperationException", text(arn));
    assert.deepEqual((await kms.listKeyRotations({ KeyId })).Rotations, []);
  });

  test("any lasting material that goes takes the whole key out of use, until it comes back", async () => {
    const key = await importedKey(kms);
    const KeyId = key.id;
    const second = randomBytes(32);
    const current = await importNext(KeyId, second);
    await kms.rotateKeyOnDemand({ KeyId });
    const Plaintext = Buffer.from("under the second");
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
    for (const [KeyMaterialId, bytes] of [
      [key.material, key.bytes],
      [current, second],
    ] as const) {
      const expected = { KeyId: key.arn, KeyMaterialId };
      const given = { KeyId, KeyMaterialId };
      assert.deepEqual(await answer(kms.deleteImportedKeyMaterial(given)), expected);
      const state = await importState(kms, KeyId);
      assert.equal(state["KeyState"], "PendingImport");
      assert.equal(state["CurrentKeyMaterialId"], current);
      assert.equal(state["ExpirationModel"], undefined);
      await refused(
        kms.decrypt({ CiphertextBlob }),
        "KMSInvalidStateException",
        `${key.arn} is pending import.`,
      );
      assert.deepEqual(await importBytes(kms, KeyId, bytes), expected);
      assert.equal((await importState(kms, KeyId))["KeyState"], "Enabled");
      await kms.decrypt({ CiphertextBlob });
    }
    await kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId: key.material });
    assert.deepEqual(
      (await answer(kms.deleteImportedKeyMaterial({ KeyId }))).KeyMaterialId,
      current,
    );
    await importBytes(kms, KeyId, second);
    assert.equal((await importState(kms, KeyId))["KeyState"], "PendingImport");
    await importBytes(kms, KeyId, key.bytes);
    assert.equal((await importState(kms, KeyId))["KeyState"], "Enabled");
  });

  test("ValidTo of a key is the first end of its lasting materials", async () => {
    const at = (hours: number) => new Date(Math.ceil(Date.now() / 1000) * 1000 + hours * hour);
    const [late, early] = [at(9), at(3)];
    const key = await importedKey(kms, {}, { ValidTo: late });
    const bytes = randomBytes(32);
    await importBytes(kms, key.id, bytes, { ImportType, ValidTo: early });
    assert.deepEqual((await importState(kms, key.id))["ValidTo"], late);
    await kms.rotateKeyOnDemand({ KeyId: key.id });
    assert.deepEqual((await importState(kms, key.id))["ValidTo"], early);
    await importBytes(kms, key.id, bytes);
    assert.deepEqual((await importState(kms, key.id))["ValidTo"], late);
    await importBytes(kms, key.id, key.bytes);
    const state = await importState(kms, key.id);
    assert.equal(state["ExpirationModel"], "KEY_MATERIAL_DOES_NOT_EXPIRE");
    assert.equal(state["ValidTo"], undefined);
  });

  test("keys with one material for life have no second", async () => {
    const kind = { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" } as const;
    const { id } = await externalKey(kms, kind);
    const generate = () =>
      generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
        type: "pkcs8",
        format: "der",
      });
    await importPrivateKey(kms, id, generate());
    await refused(importPrivateKey(kms, id, generate()), "IncorrectKeyMaterialException");
    await refused(kms.listKeyRotations({ KeyId: id }), "UnsupportedOperationException");
  });

  test("imported keys rotate 25 times", async () => {
    const key = await importedKey(kms);
    const KeyId = key.id;
    for (let times = 0; times < 25; times++) {
      await importNext(KeyId);
      await kms.rotateKeyOnDemand({ KeyId });
    }
    await importNext(KeyId);
    await refused(
      kms.rotateKeyOnDemand({ KeyId }),
      "LimitExceededException",
      `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${key.arn}`,
    );
    const all = await listAll(KeyId);
    assert.equal(all.length, 27);
    assert.deepEqual(
      all.map((each) => each.KeyMaterialState),
      [...Array<string>(25).fill("NON_CURRENT"), "CURRENT", "PENDING_ROTATION"],
    );
  });

  test("a rotation is recorded with both materials and its origin", async () => {
    const key = await importedKey(kms);
    const next = await importNext(key.id);
    await kms.rotateKeyOnDemand({ KeyId: key.id });
    const record = (await auditOf(server, "RotateKey")).at(-1);
    assert.deepEqual(record?.["serviceEventDetails"], {
      rotationType: "ON_DEMAND",
      keyOrigin: "EXTERNAL",
      previousKeyMaterialId: key.material,
      currentKeyMaterialId: next,
      keyId: key.id,
    });
  });
});
