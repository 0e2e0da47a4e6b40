import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import type { TestServer } from "../support/keywright.ts";
import type { NewKey } from "./support.ts";
import { connect, createKey, denial, openServer, refused, userArn } from "./support.ts";

describe("DryRun (facts 2.4): success is an error, failures keep their own", () => {
  let server: TestServer;
  let kms: KMS;
  let key: NewKey;
  let blob: Uint8Array | undefined;
  before(async () => {
    server = await openServer();
    kms = connect(server);
    key = await createKey(kms);
    blob = (await kms.encrypt({ KeyId: key.id, Plaintext: Buffer.of(1) })).CiphertextBlob;
  });

  const dryGrant = (client: KMS): Promise<unknown> =>
    client.createGrant({
      KeyId: key.id,
      GranteePrincipal: userArn("nobody"),
      Operations: ["Decrypt"],
      DryRun: true,
    });
  const calls: Readonly<Record<string, (client: KMS) => Promise<unknown>>> = {
    Encrypt: (client) => client.encrypt({ KeyId: key.id, Plaintext: Buffer.of(1), DryRun: true }),
    Decrypt: (client) => client.decrypt({ KeyId: key.id, CiphertextBlob: blob, DryRun: true }),
    ReEncrypt: (client) =>
      client.reEncrypt({
        SourceKeyId: key.id,
        CiphertextBlob: blob,
        DestinationKeyId: key.id,
        DryRun: true,
      }),
    GenerateDataKey: (client) =>
      client.generateDataKey({ KeyId: key.id, KeySpec: "AES_256", DryRun: true }),
    GenerateDataKeyWithoutPlaintext: (client) =>
      client.generateDataKeyWithoutPlaintext({ KeyId: key.id, KeySpec: "AES_256", DryRun: true }),
    CreateGrant: (client) => dryGrant(client),
  };
  const text = "The request would have succeeded, but the DryRun option is set.";

  for (const [operation, call] of Object.entries(calls))
    test(operation, async () => {
      await refused(call(kms), "DryRunOperationException", text);
      const action = operation === "ReEncrypt" ? "ReEncryptFrom" : operation;
      await refused(
        call(connect(server, "nobody")),
        "AccessDeniedException",
        denial(userArn("nobody"), action, key.arn, "identity-based"),
      );
      await kms.disableKey({ KeyId: key.id });
      await refused(call(kms), "DisabledException", `${key.arn} is disabled.`);
      await kms.enableKey({ KeyId: key.id });
    });

  test("nothing is created", async () => {
    await refused(dryGrant(kms), "DryRunOperationException", text);
    assert.deepEqual((await kms.listGrants({ KeyId: key.id })).Grants, []);
  });

  test("RetireGrant and RevokeGrant leave the grant", async () => {
    const { GrantId } = await kms.createGrant({
      KeyId: key.id,
      GranteePrincipal: userArn("nobody"),
      Operations: ["Decrypt"],
    });
    await refused(
      kms.revokeGrant({ KeyId: key.id, GrantId, DryRun: true }),
      "DryRunOperationException",
      text,
    );
    await refused(
      kms.retireGrant({ KeyId: key.id, GrantId, DryRun: true }),
      "DryRunOperationException",
      text,
    );
    assert.equal((await kms.listGrants({ KeyId: key.id })).Grants?.length, 1);
    await kms.revokeGrant({ KeyId: key.id, GrantId, DryRun: false });
    await refused(
      kms.revokeGrant({ KeyId: key.id, GrantId, DryRun: true }),
      "NotFoundException",
      `Grant ID ${GrantId} not found`,
    );
  });

  test("a bad ciphertext stays one", async () => {
    await refused(
      kms.decrypt({ CiphertextBlob: Buffer.from("bad"), DryRun: true }),
      "InvalidCiphertextException",
    );
    await refused(
      kms.decrypt({ CiphertextBlob: blob, EncryptionContext: { a: "b" }, DryRun: true }),
      "InvalidCiphertextException",
    );
  });

  test("IGNORE_CIPHERTEXT asks for permission alone; it needs DryRun and the key", async () => {
    const DryRunModifiers = ["IGNORE_CIPHERTEXT"] as const;
    const modified = { DryRunModifiers: [...DryRunModifiers] };
    await refused(
      kms.decrypt({ KeyId: key.id, DryRun: true, ...modified }),
      "DryRunOperationException",
      text,
    );
    await refused(
      kms.reEncrypt({ SourceKeyId: key.id, DestinationKeyId: key.id, DryRun: true, ...modified }),
      "DryRunOperationException",
      text,
    );
    await refused(
      connect(server, "nobody").decrypt({ KeyId: key.id, DryRun: true, ...modified }),
      "AccessDeniedException",
      denial(userArn("nobody"), "Decrypt", key.arn, "identity-based"),
    );
    await refused(
      kms.decrypt({ KeyId: key.id, CiphertextBlob: blob, ...modified }),
      "ValidationException",
      /DryRun/,
    );
    await refused(
      kms.decrypt({ DryRun: true, CiphertextBlob: blob, ...modified }),
      "ValidationException",
      /KMS key/,
    );
  });
});
