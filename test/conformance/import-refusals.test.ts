import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
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
import { connect, createKey, day, keyArn, missingId, openServer, refused } from "./support.ts";

describe("refusals of imports (facts 7.3)", () => {
  let server: TestServer;
  let kms: KMS;
  before(async () => {
    server = await openServer();
    kms = connect(server);
  });

  test("keys with one material for life take no members that tell materials apart", async () => {
    const kind = { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" } as const;
    const { id } = await externalKey(kms, kind);
    for (const terms of [
      { ImportType: "NEW_KEY_MATERIAL" as const },
      { KeyMaterialDescription: "first" },
      { KeyMaterialId: "0".repeat(64) },
    ])
      await refused(
        importBytes(kms, id, randomBytes(32), terms),
        "ValidationException",
        /is not valid for key spec HMAC_256/,
      );
    await refused(
      kms.deleteImportedKeyMaterial({ KeyId: id, KeyMaterialId: "0".repeat(64) }),
      "ValidationException",
      /is not valid for key spec HMAC_256/,
    );
  });

  test("KeyMaterialId must be that of the material, and stands with no new material", async () => {
    const key = await importedKey(kms);
    await importBytes(kms, key.id, key.bytes, { KeyMaterialId: key.material });
    await refused(
      importBytes(kms, key.id, key.bytes, { KeyMaterialId: "0".repeat(64) }),
      "IncorrectKeyMaterialException",
    );
    for (const ImportType of ["NEW_KEY_MATERIAL", undefined] as const) {
      const fresh = await externalKey(kms);
      await refused(
        importBytes(kms, fresh.id, key.bytes, { KeyMaterialId: key.material, ImportType }),
        "ValidationException",
        /KeyMaterialId is not valid/,
      );
    }
  });

  test("EXISTING_KEY_MATERIAL needs a first import, NEW_KEY_MATERIAL other bytes than before", async () => {
    const fresh = await externalKey(kms);
    await refused(
      importBytes(kms, fresh.id, randomBytes(32), { ImportType: "EXISTING_KEY_MATERIAL" }),
      "IncorrectKeyMaterialException",
    );
    const key = await importedKey(kms, {}, { ImportType: "NEW_KEY_MATERIAL" });
    await refused(
      importBytes(kms, key.id, key.bytes, { ImportType: "NEW_KEY_MATERIAL" }),
      "IncorrectKeyMaterialException",
    );
  });

  test("a minimal request is refused for want of a date: material expires unless it is said not to", async () => {
    const key = await externalKey(kms);
    const { ImportToken, PublicKey } = await parametersFor(kms, key.id);
    const EncryptedKeyMaterial = encryptTo(PublicKey, randomBytes(32));
    const request = { KeyId: key.id, ImportToken, EncryptedKeyMaterial };
    const text = "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES";
    await refused(kms.importKeyMaterial(request), "ValidationException", text);
    await refused(
      kms.importKeyMaterial({ ...request, ExpirationModel: "KEY_MATERIAL_EXPIRES" }),
      "ValidationException",
      text,
    );
    const at = (milliseconds: number) => new Date(Date.now() + milliseconds);
    await refused(
      kms.importKeyMaterial({ ...request, ValidTo: at(-1000) }),
      "ValidationException",
      "ValidTo must be in the future",
    );
    await refused(
      kms.importKeyMaterial({ ...request, ValidTo: at(365 * day + 60_000) }),
      "ValidationException",
      /365 days/,
    );
    await refused(
      kms.importKeyMaterial({ ...request, ...forever, ValidTo: at(day) }),
      "ValidationException",
      /ValidTo is not valid/,
    );
    assert.equal((await importState(kms, key.id))["KeyState"], "PendingImport");
    await kms.importKeyMaterial({ ...request, ValidTo: at(365 * day - 60_000) });
    assert.equal((await importState(kms, key.id))["ExpirationModel"], "KEY_MATERIAL_EXPIRES");
  });

  test("keys of other origins have nothing to import, whatever their state", async () => {
    const key = await createKey(kms);
    const { ImportToken } = await parametersFor(kms, (await externalKey(kms)).id);
    const KeyId = key.id;
    const calls = [
      () =>
        kms.getParametersForImport({
          KeyId,
          WrappingAlgorithm: "RSAES_OAEP_SHA_256",
          WrappingKeySpec: "RSA_2048",
        }),
      () => kms.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial: Buffer.alloc(256) }),
      () => kms.deleteImportedKeyMaterial({ KeyId }),
    ];
    const refuseAll = async () => {
      for (const call of calls)
        await refused(
          call(),
          "UnsupportedOperationException",
          `${key.arn} origin is AWS_KMS which is not valid for this operation.`,
        );
    };
    await refuseAll();
    await kms.disableKey({ KeyId });
    await refuseAll();
    await kms.scheduleKeyDeletion({ KeyId });
    await refuseAll();
  });

  test("a key pending deletion takes no material, but gives it up without changing its state", async () => {
    const key = await importedKey(kms);
    const KeyId = key.id;
    const { ImportToken, PublicKey } = await parametersFor(kms, KeyId);
    const EncryptedKeyMaterial = encryptTo(PublicKey, key.bytes);
    await kms.scheduleKeyDeletion({ KeyId });
    const text = `${key.arn} is pending deletion.`;
    await refused(parametersFor(kms, KeyId), "KMSInvalidStateException", text);
    await refused(
      kms.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial, ...forever }),
      "KMSInvalidStateException",
      text,
    );
    await kms.deleteImportedKeyMaterial({ KeyId });
    assert.equal((await importState(kms, KeyId))["KeyState"], "PendingDeletion");
    await kms.cancelKeyDeletion({ KeyId });
    assert.equal((await importState(kms, KeyId))["KeyState"], "PendingImport");
    await importBytes(kms, KeyId, key.bytes);
    assert.equal((await importState(kms, KeyId))["KeyState"], "Disabled");
  });

  test("a missing key, an alias and a broken ARN are refused as everywhere", async () => {
    const { ImportToken } = await parametersFor(kms, (await externalKey(kms)).id);
    const EncryptedKeyMaterial = Buffer.alloc(256);
    for (const call of [
      (KeyId: string) => parametersFor(kms, KeyId),
      (KeyId: string) => kms.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial }),
      (KeyId: string) => kms.deleteImportedKeyMaterial({ KeyId }),
    ]) {
      const text = `Key '${keyArn(missingId)}' does not exist`;
      await refused(call(missingId), "NotFoundException", text);
      await refused(call("alias/any"), "NotFoundException", /alias\/any/);
      await refused(call("arn:aws:kms"), "InvalidArnException", /arn:aws:kms/);
    }
  });
});
