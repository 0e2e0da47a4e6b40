import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import { parse } from "yaml";
import type { JsonObject } from "../../src/base/json.ts";
import type { TestServer } from "../support/keywright.ts";
import type { Credentials } from "./support.ts";
import {
  account,
  auditOf,
  connect,
  day,
  denial,
  hour,
  keyArn,
  openServer,
  refused,
  userArn,
} from "./support.ts";

interface LabUser {
  readonly name: string;
  readonly accessKeys: readonly { readonly id: string; readonly secret: string }[];
}
const lab = parse(
  readFileSync(new URL("../../docs/examples/lab.yaml", import.meta.url), "utf8"),
) as { readonly accounts: readonly [{ readonly users: readonly LabUser[] }] };

function credentials(name: string): Credentials {
  const [key] = lab.accounts[0].users.find((user) => user.name === name)?.accessKeys ?? [];
  assert.ok(key);
  return { accessKeyId: key.id, secretAccessKey: key.secret };
}

const KeyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
const arn = keyArn(KeyId);
const manager = userArn("myKeyManager");
const encryptor = userArn("myEncryptor");
const EncryptionContext = { patient: "4711" };
const Plaintext = Buffer.from("a record");

describe("the lab of docs/examples/lab.yaml: duties are apart, and everything is on record", () => {
  let server: TestServer;
  let manages: KMS;
  let encrypts: KMS;
  let blob: Uint8Array | undefined;
  before(async () => {
    server = await openServer(lab);
    reconnect();
    blob = (await encrypts.encrypt({ KeyId, Plaintext, EncryptionContext })).CiphertextBlob;
  });
  const reconnect = (): void => {
    manages = connect(server, credentials("myKeyManager"));
    encrypts = connect(server, credentials("myEncryptor"));
  };

  /** Proves that the last record of an operation tells who did it, with what, and how it ended. */
  const recorded = async (
    eventName: string,
    by: string,
    requestParameters: JsonObject | null,
    error?: readonly [code: string, message: string | undefined],
    resources: readonly string[] = [arn],
  ): Promise<void> => {
    const record = (await auditOf(server, eventName)).at(-1) ?? {};
    const { principalId, ...identity } = record["userIdentity"] as JsonObject;
    assert.match(String(principalId), /^AIDA/);
    const userName = by.replace(/^.*\//, "");
    assert.deepEqual(
      {
        identity,
        requestParameters: record["requestParameters"],
        errorCode: record["errorCode"],
        errorMessage: record["errorMessage"],
        resources: record["resources"],
      },
      {
        identity: {
          type: "IAMUser",
          arn: by,
          accountId: account,
          accessKeyId: credentials(userName).accessKeyId,
          userName,
        },
        requestParameters,
        errorCode: error?.[0],
        errorMessage: error?.[1],
        resources: resources.map((ARN) => ({ accountId: account, type: "AWS::KMS::Key", ARN })),
      },
    );
  };
  const denied = async (
    call: Promise<unknown>,
    by: string,
    action: string,
    parameters: JsonObject,
    layer: "identity-based" | "resource-based" = "identity-based",
  ): Promise<void> => {
    const message = denial(by, action, arn, layer);
    await refused(call, "AccessDeniedException", message);
    await recorded(action, by, parameters, ["AccessDenied", message]);
  };
  const algorithm = { encryptionAlgorithm: "SYMMETRIC_DEFAULT" };
  const context = { encryptionContext: EncryptionContext };

  test("both see the key and its alias", async () => {
    for (const [client, by] of [
      [manages, manager],
      [encrypts, encryptor],
    ] as const) {
      assert.equal((await client.describeKey({ KeyId: "alias/lab" })).KeyMetadata?.Arn, arn);
      await recorded("DescribeKey", by, { keyId: "alias/lab" });
      assert.deepEqual((await client.listKeys({})).Keys, [{ KeyId, KeyArn: arn }]);
      await recorded("ListKeys", by, null, undefined, []);
    }
  });

  test("the manager can neither encrypt nor decrypt, in AWS's words", async () => {
    await denied(manages.encrypt({ KeyId, Plaintext }), manager, "Encrypt", {
      keyId: KeyId,
      ...algorithm,
    });
    await denied(
      manages.decrypt({ KeyId: "alias/lab", CiphertextBlob: blob, EncryptionContext }),
      manager,
      "Decrypt",
      { keyId: "alias/lab", ...algorithm, ...context },
    );
    await denied(
      manages.generateDataKey({ KeyId, KeySpec: "AES_256" }),
      manager,
      "GenerateDataKey",
      { keyId: KeyId, keySpec: "AES_256" },
    );
  });

  test("without a key named, the refusal does not tell the key", async () => {
    const message =
      "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.";
    await refused(
      manages.decrypt({ CiphertextBlob: blob, EncryptionContext }),
      "AccessDeniedException",
      message,
    );
    await recorded("Decrypt", manager, { ...algorithm, ...context }, ["AccessDenied", message]);
  });

  test("the encryptor can not manage", async () => {
    await denied(encrypts.disableKey({ KeyId }), encryptor, "DisableKey", { keyId: KeyId });
    await denied(
      encrypts.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 }),
      encryptor,
      "ScheduleKeyDeletion",
      { keyId: KeyId, pendingWindowInDays: 7 },
    );
    await denied(encrypts.enableKeyRotation({ KeyId }), encryptor, "EnableKeyRotation", {
      keyId: KeyId,
    });
    await denied(
      encrypts.createGrant({ KeyId, GranteePrincipal: encryptor, Operations: ["Decrypt"] }),
      encryptor,
      "CreateGrant",
      { keyId: KeyId, granteePrincipal: encryptor, operations: ["Decrypt"] },
    );
  });

  test("the encryptor decrypts what it encrypted, with the same context only", async () => {
    const opened = await encrypts.decrypt({ CiphertextBlob: blob, EncryptionContext });
    assert.deepEqual(opened.Plaintext, Uint8Array.from(Plaintext));
    await recorded("Decrypt", encryptor, { ...algorithm, ...context });
    await refused(encrypts.decrypt({ CiphertextBlob: blob }), "InvalidCiphertextException");
    await recorded("Decrypt", encryptor, algorithm, ["InvalidCiphertextException", undefined]);
    const wrong = { patient: "4712" };
    await refused(
      encrypts.decrypt({ CiphertextBlob: blob, EncryptionContext: wrong }),
      "InvalidCiphertextException",
    );
    await recorded("Decrypt", encryptor, { ...algorithm, encryptionContext: wrong }, [
      "InvalidCiphertextException",
      undefined,
    ]);
  });

  test("a key that the manager disabled stops all use until it is enabled", async () => {
    await manages.disableKey({ KeyId });
    await recorded("DisableKey", manager, { keyId: KeyId });
    const message = `${arn} is disabled.`;
    await refused(
      encrypts.decrypt({ CiphertextBlob: blob, EncryptionContext }),
      "DisabledException",
      message,
    );
    await recorded("Decrypt", encryptor, { ...algorithm, ...context }, [
      "DisabledException",
      message,
    ]);
    await manages.enableKey({ KeyId });
    await recorded("EnableKey", manager, { keyId: KeyId });
    await encrypts.decrypt({ CiphertextBlob: blob, EncryptionContext });
  });

  test("a rotated key opens what it sealed before", async () => {
    await manages.rotateKeyOnDemand({ KeyId });
    await recorded("RotateKeyOnDemand", manager, { keyId: KeyId });
    await encrypts.decrypt({ CiphertextBlob: blob, EncryptionContext });
  });

  test("a deletion can be cancelled until its window ends, and then not any more", async () => {
    await manages.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    await recorded("ScheduleKeyDeletion", manager, { keyId: KeyId, pendingWindowInDays: 7 });
    const pending = `${arn} is pending deletion.`;
    await refused(
      encrypts.decrypt({ CiphertextBlob: blob, EncryptionContext }),
      "KMSInvalidStateException",
      pending,
    );
    server.clock.offset = 7 * day - hour;
    await server.sweep();
    reconnect();
    await manages.cancelKeyDeletion({ KeyId });
    await recorded("CancelKeyDeletion", manager, { keyId: KeyId });
    await manages.enableKey({ KeyId });
    await encrypts.decrypt({ CiphertextBlob: blob, EncryptionContext });

    await manages.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    server.clock.offset += 7 * day + hour;
    await server.sweep();
    reconnect();
    const message = `Key '${arn}' does not exist`;
    await refused(manages.cancelKeyDeletion({ KeyId }), "NotFoundException", message);
    await recorded(
      "CancelKeyDeletion",
      manager,
      { keyId: KeyId },
      ["NotFoundException", message],
      [],
    );
    await refused(
      encrypts.decrypt({ CiphertextBlob: blob, EncryptionContext }),
      "AccessDeniedException",
      /^The ciphertext refers to/,
    );
    assert.equal((await auditOf(server, "DeleteKey")).length, 1);
  });
});
