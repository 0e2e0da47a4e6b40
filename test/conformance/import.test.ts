import * as assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import type { TestServer } from "../support/keywright.ts";
import {
  encryptTo,
  externalKey,
  forever,
  importBytes,
  importedKey,
  importState,
  parametersFor,
} from "./import-support.ts";
import { answer, connect, day, hour, openServer, refused } from "./support.ts";

describe("imported key material (facts 7)", () => {
  let server: TestServer;
  let kms: KMS;
  before(async () => {
    server = await openServer();
    kms = connect(server);
  });

  test("a key waits for its material, which gives it an id and makes it usable", async () => {
    const key = await externalKey(kms);
    assert.deepEqual(await importState(kms, key.id), { KeyState: "PendingImport", Enabled: false });
    await refused(
      kms.encrypt({ KeyId: key.id, Plaintext: Buffer.from("too early") }),
      "KMSInvalidStateException",
      `${key.arn} is pending import.`,
    );
    const material = await importBytes(kms, key.arn, randomBytes(32));
    assert.match(String(material.KeyMaterialId), /^[0-9a-f]{64}$/);
    assert.deepEqual(material, { KeyId: key.arn, KeyMaterialId: material.KeyMaterialId });
    assert.deepEqual(await importState(kms, key.id), {
      KeyState: "Enabled",
      Enabled: true,
      ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
      CurrentKeyMaterialId: material.KeyMaterialId,
    });
    const Plaintext = Buffer.from("in time");
    const { CiphertextBlob } = await kms.encrypt({ KeyId: key.id, Plaintext });
    const opened = await kms.decrypt({ CiphertextBlob });
    assert.deepEqual(opened.Plaintext, Uint8Array.from(Plaintext));
    assert.equal(opened.KeyMaterialId, material.KeyMaterialId);
  });

  test("GetParametersForImport answers a public key of the spec asked for, and a token for 24 hours", async () => {
    const key = await externalKey(kms);
    for (const [WrappingKeySpec, length] of [
      ["RSA_2048", 294],
      ["RSA_3072", 422],
      ["RSA_4096", 550],
    ] as const) {
      const { ImportToken, PublicKey, ParametersValidTo, ...rest } = await answer(
        kms.getParametersForImport({
          KeyId: key.id,
          WrappingAlgorithm: "RSAES_OAEP_SHA_256",
          WrappingKeySpec,
        }),
      );
      assert.deepEqual(rest, { KeyId: key.arn });
      assert.equal(PublicKey?.length, length);
      assert.ok(ImportToken !== undefined && ImportToken.length <= 6144);
      assert.ok(Math.abs(Number(ParametersValidTo) - Date.now() - day) < 60_000);
    }
  });

  test("the same material has the same id in one key, whenever it comes, and another in another key", async () => {
    const key = await importedKey(kms);
    await kms.deleteImportedKeyMaterial({ KeyId: key.id });
    const again = await importBytes(kms, key.id, key.bytes);
    assert.equal(again.KeyMaterialId, key.material);
    const other = await externalKey(kms);
    assert.notEqual((await importBytes(kms, other.id, key.bytes)).KeyMaterialId, key.material);
  });

  test("DeleteImportedKeyMaterial stops the key at once; its ciphertexts open after the same material came back", async () => {
    const key = await importedKey(kms);
    const Plaintext = Buffer.from("kept");
    const { CiphertextBlob } = await kms.encrypt({ KeyId: key.id, Plaintext });
    const expected = { KeyId: key.arn, KeyMaterialId: key.material };
    const KeyId = key.id;
    assert.deepEqual(await answer(kms.deleteImportedKeyMaterial({ KeyId })), expected);
    assert.deepEqual(await importState(kms, key.id), {
      KeyState: "PendingImport",
      Enabled: false,
      CurrentKeyMaterialId: key.material,
    });
    for (const call of [
      () => kms.decrypt({ CiphertextBlob }),
      () => kms.encrypt({ KeyId, Plaintext }),
      () => kms.generateDataKey({ KeyId, KeySpec: "AES_256" }),
      () => kms.enableKey({ KeyId }),
      () => kms.disableKey({ KeyId }),
    ])
      await refused(call(), "KMSInvalidStateException", `${key.arn} is pending import.`);
    assert.deepEqual(await answer(kms.deleteImportedKeyMaterial({ KeyId })), expected);
    await importBytes(kms, key.id, key.bytes);
    assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, Uint8Array.from(Plaintext));
  });

  test("DeleteImportedKeyMaterial before any import succeeds without effect", async () => {
    const key = await externalKey(kms);
    const KeyId = key.id;
    assert.deepEqual(await answer(kms.deleteImportedKeyMaterial({ KeyId })), { KeyId: key.arn });
    await refused(
      kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId: "0".repeat(64) }),
      "NotFoundException",
      /is not associated/,
    );
  });

  test("material may be imported again with other terms while the key is in use, or disabled", async () => {
    const key = await importedKey(kms);
    const ValidTo = new Date(Math.ceil(Date.now() / 1000) * 1000 + hour);
    await importBytes(kms, key.id, key.bytes, { ValidTo });
    const state = await importState(kms, key.id);
    assert.equal(state["ExpirationModel"], "KEY_MATERIAL_EXPIRES");
    assert.deepEqual(state["ValidTo"], ValidTo);
    await kms.disableKey({ KeyId: key.id });
    await importBytes(kms, key.id, key.bytes);
    assert.deepEqual(await importState(kms, key.id), {
      KeyState: "Disabled",
      Enabled: false,
      ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
      CurrentKeyMaterialId: key.material,
    });
  });

  test("only the same material comes back: other bytes, or bytes of another length, are refused", async () => {
    const key = await importedKey(kms);
    for (const bytes of [randomBytes(32), key.bytes.subarray(1), Buffer.alloc(33)])
      await refused(importBytes(kms, key.id, bytes), "IncorrectKeyMaterialException");
    for (const length of [1, 16, 31, 33, 64]) {
      const fresh = await externalKey(kms);
      await refused(
        importBytes(kms, fresh.id, randomBytes(length)),
        "IncorrectKeyMaterialException",
      );
    }
  });

  test("an HMAC key takes material from the length of its hash to 128 bytes, and answers no material id", async () => {
    const specs = { HMAC_224: 28, HMAC_256: 32, HMAC_384: 48, HMAC_512: 64 } as const;
    for (const [KeySpec, length] of Object.entries(specs)) {
      const kind = {
        KeySpec: KeySpec as keyof typeof specs,
        KeyUsage: "GENERATE_VERIFY_MAC",
      } as const;
      for (const wrong of [length - 1, 129]) {
        const { id } = await externalKey(kms, kind);
        await refused(importBytes(kms, id, randomBytes(wrong)), "IncorrectKeyMaterialException");
      }
      const { id: KeyId, arn } = await externalKey(kms, kind);
      const bytes = randomBytes(length + 1);
      assert.deepEqual(await importBytes(kms, KeyId, bytes), { KeyId: arn });
      assert.equal((await importState(kms, KeyId))["CurrentKeyMaterialId"], undefined);
      const hash = KeySpec.replace("HMAC_", "sha");
      const MacAlgorithm = KeySpec.replace("HMAC_", "HMAC_SHA_") as "HMAC_SHA_256";
      const { Mac } = await kms.generateMac({ KeyId, MacAlgorithm, Message: Buffer.from("m") });
      const expected = createHmac(hash, bytes).update("m").digest();
      assert.deepEqual(Mac, Uint8Array.from(expected));
      assert.deepEqual(await answer(kms.deleteImportedKeyMaterial({ KeyId })), { KeyId: arn });
      await importBytes(kms, KeyId, bytes);
      await refused(importBytes(kms, KeyId, randomBytes(length)), "IncorrectKeyMaterialException");
    }
  });

  test("material that was imported serves after a restart, deleted material does not come back", async () => {
    const own = await openServer();
    const first = connect(own);
    const [kept, gone] = [await importedKey(first), await importedKey(first)];
    const { CiphertextBlob } = await first.encrypt({ KeyId: kept.id, Plaintext: Buffer.of(1) });
    await first.deleteImportedKeyMaterial({ KeyId: gone.id });
    const { ImportToken, PublicKey } = await parametersFor(first, gone.id);
    await own.restart();
    const second = connect(own);
    assert.deepEqual((await second.decrypt({ CiphertextBlob })).Plaintext, Uint8Array.of(1));
    assert.equal((await importState(second, gone.id))["KeyState"], "PendingImport");
    await second.importKeyMaterial({
      KeyId: gone.id,
      ImportToken,
      EncryptedKeyMaterial: encryptTo(PublicKey, gone.bytes),
      ...forever,
    });
    assert.equal((await importState(second, gone.id))["KeyState"], "Enabled");
  });
});
