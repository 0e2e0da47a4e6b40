import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import { javaDate } from "../../src/audit/record-members.ts";
import { filesIn } from "../support/files.ts";
import type { TestServer } from "../support/keywright.ts";
import { lastRecord, proveRecord } from "./audit-support.ts";
import {
  encryptTo,
  externalKey,
  forever,
  importBytes,
  importedKey,
  parametersFor,
} from "./import-support.ts";
import {
  connect,
  day,
  decides,
  denial,
  hour,
  keyPolicy,
  openServer,
  otherAccount,
  refused,
  rootArn,
  userArn,
} from "./support.ts";

describe("who may import key material, and what is recorded of it", () => {
  let server: TestServer;
  let kms: KMS;
  let manager: KMS;
  before(async () => {
    server = await openServer();
    kms = connect(server);
    manager = connect(server, "manager");
  });
  /** A key without material on which the manager may do one action under conditions. */
  const keyFor = (Action: string, Condition: object) =>
    externalKey(kms, {
      Policy: keyPolicy({ Principal: { AWS: userArn("manager") }, Action, Condition }),
    });

  test("kms:WrappingAlgorithm and kms:WrappingKeySpec limit GetParametersForImport", async () => {
    const { id } = await keyFor("kms:GetParametersForImport", {
      StringEquals: { "kms:WrappingAlgorithm": "RSAES_OAEP_SHA_256" },
      StringLike: { "kms:WrappingKeySpec": "RSA_3*" },
    });
    await decides([
      [true, () => parametersFor(manager, id, "RSAES_OAEP_SHA_256", "RSA_3072")],
      [false, () => parametersFor(manager, id, "RSAES_OAEP_SHA_1", "RSA_3072")],
      [false, () => parametersFor(manager, id, "RSAES_OAEP_SHA_256", "RSA_2048")],
    ]);
  });

  test("kms:ExpirationModel and kms:ValidTo limit ImportKeyMaterial, the default model included", async () => {
    const limit = Math.floor((Date.now() + day) / 1000);
    const { id: KeyId } = await keyFor("kms:ImportKeyMaterial", {
      StringEquals: { "kms:ExpirationModel": "KEY_MATERIAL_EXPIRES" },
      NumericLessThanEquals: { "kms:ValidTo": String(limit) },
    });
    const { ImportToken, PublicKey } = await parametersFor(kms, KeyId);
    const EncryptedKeyMaterial = encryptTo(PublicKey, randomBytes(32));
    const request = { KeyId, ImportToken, EncryptedKeyMaterial };
    const at = (seconds: number) => ({ ValidTo: new Date(seconds * 1000) });
    await decides([
      [false, () => manager.importKeyMaterial({ ...request, ...forever })],
      [false, () => manager.importKeyMaterial({ ...request, ...at(limit + 1) })],
      [true, () => manager.importKeyMaterial({ ...request, ...at(limit) })],
    ]);
  });

  test("each operation needs its own permission, and none crosses accounts", async () => {
    const statement = { Principal: { AWS: rootArn(otherAccount) }, Action: "kms:*" };
    const key = await importedKey(kms, { Policy: keyPolicy(statement) });
    const { ImportToken, PublicKey } = await parametersFor(kms, key.id);
    const EncryptedKeyMaterial = encryptTo(PublicKey, key.bytes);
    const calls: readonly (readonly [string, (by: KMS, KeyId: string) => Promise<unknown>])[] = [
      ["GetParametersForImport", (by, KeyId) => parametersFor(by, KeyId)],
      [
        "ImportKeyMaterial",
        (by, KeyId) =>
          by.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial, ...forever }),
      ],
      ["DeleteImportedKeyMaterial", (by, KeyId) => by.deleteImportedKeyMaterial({ KeyId })],
    ];
    for (const [action, call] of calls) {
      await refused(
        call(connect(server, "nobody"), key.id),
        "AccessDeniedException",
        denial(userArn("nobody"), action, key.arn, "identity-based"),
      );
      await refused(
        call(connect(server, "other"), key.arn),
        "AccessDeniedException",
        /no resource-based policy allows/,
      );
    }
  });

  test("records say what was asked and which material it was, never the material, the token or the public key", async () => {
    const key = await externalKey(kms);
    const { ImportToken, PublicKey } = await parametersFor(kms, key.id, "RSAES_OAEP_SHA_1");
    const resources = [key.arn];
    await proveRecord(server, "GetParametersForImport", {
      request: {
        keyId: key.id,
        wrappingAlgorithm: "RSAES_OAEP_SHA_1",
        wrappingKeySpec: "RSA_2048",
      },
      resources,
      readOnly: true,
    });
    const bytes = randomBytes(32);
    const wrapped = encryptTo(PublicKey, bytes, "sha1");
    const ValidTo = new Date(Math.ceil(Date.now() / 1000) * 1000 + hour);
    const { KeyMaterialId = "" } = await kms.importKeyMaterial({
      KeyId: key.id,
      ImportToken,
      EncryptedKeyMaterial: wrapped,
      ValidTo,
      ImportType: "NEW_KEY_MATERIAL",
      KeyMaterialDescription: "a description",
    });
    const response = { keyId: key.arn, keyMaterialId: KeyMaterialId };
    await proveRecord(server, "ImportKeyMaterial", {
      request: {
        keyId: key.id,
        validTo: javaDate(ValidTo),
        expirationModel: "KEY_MATERIAL_EXPIRES",
        importType: "NEW_KEY_MATERIAL",
        keyMaterialDescription: "a description",
      },
      response,
      resources,
    });
    await kms.deleteImportedKeyMaterial({ KeyId: key.id, KeyMaterialId });
    await proveRecord(server, "DeleteImportedKeyMaterial", {
      request: { keyId: key.id, keyMaterialId: KeyMaterialId },
      response,
      resources,
    });
    await refused(importBytes(kms, key.id, randomBytes(32)), "IncorrectKeyMaterialException");
    const failed = await lastRecord(server, "ImportKeyMaterial");
    assert.equal(failed["errorCode"], "IncorrectKeyMaterialException");
    assert.equal(failed["responseElements"], null);

    const files = filesIn(server.folder).map(({ content }) => content);
    assert.ok(files.some((content) => content.includes("a description")));
    for (const secret of [bytes, wrapped, ImportToken, PublicKey])
      for (const form of ["hex", "base64"] as const) {
        const text = Buffer.from(secret).toString(form).slice(0, 40);
        const raw = Buffer.from(secret).subarray(0, 32);
        assert.ok(!files.some((content) => content.includes(text) || content.includes(raw)));
      }
  });
});
