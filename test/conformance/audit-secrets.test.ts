import * as assert from "node:assert/strict";
import { test } from "node:test";
import { filesIn } from "../support/files.ts";
import type { TestServer } from "../support/keywright.ts";
import { accessKeys } from "../support/keywright.ts";
import { uses } from "./key-uses.ts";
import { connect, createKey, keyPolicy, openServer, refused, userArn } from "./support.ts";

test("no plaintext, data key, ciphertext, token or credential is in any file of the service", async () => {
  const server = await openServer();
  const kms = connect(server);
  const { id: KeyId } = await createKey(kms, { Policy: keyPolicy() });
  const secrets: Uint8Array[] = [Buffer.from("a plaintext of a size to be found again")];
  const keep = (bytes: Uint8Array | undefined): void => {
    assert.ok(bytes);
    secrets.push(bytes);
  };
  const EncryptionContext = { seen: "in the trail" };
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: secrets[0], EncryptionContext });
  keep(CiphertextBlob);
  keep((await kms.generateDataKey({ KeyId, KeySpec: "AES_256" })).Plaintext);
  keep((await kms.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: "AES_256" })).CiphertextBlob);
  keep((await kms.generateRandom({ NumberOfBytes: 32 })).Plaintext);
  keep(
    (
      await kms.reEncrypt({
        CiphertextBlob,
        SourceEncryptionContext: EncryptionContext,
        DestinationKeyId: KeyId,
      })
    ).CiphertextBlob,
  );
  const grant = { KeyId, GranteePrincipal: userArn("nobody"), Operations: ["Encrypt" as const] };
  const { GrantToken = "" } = await kms.createGrant(grant);
  keep(Buffer.from(GrantToken, "base64"));
  await kms.encrypt({ KeyId, Plaintext: secrets[0], GrantTokens: [GrantToken] });
  await kms.retireGrant({ GrantToken });
  const long = Buffer.concat([Buffer.alloc(4096, 1), Buffer.from(secrets[0] ?? [])]);
  await refused(kms.encrypt({ KeyId, Plaintext: long }), "ValidationException", /plaintext/);
  secrets.push(Buffer.from(accessKeys.admin.secretAccessKey));

  proveAbsent(server, secrets);
});

test("no message, shared secret, private key or MAC of key pairs and HMAC keys is in any file of the service", async () => {
  const server = await openServer();
  const kms = connect(server);
  const secrets: Uint8Array[] = [Buffer.from("a message of a size to be found again")];
  const secretMembers = ["PrivateKeyPlaintext", "SharedSecret", "Mac", "Signature", "Plaintext"];
  for (const { kind, prepare } of uses) {
    const { id } = await createKey(kms, kind);
    const call = await prepare(kms, id);
    const found: readonly (readonly [string, unknown])[] = Object.entries(await call(kms, id));
    await refused(call(kms, id, { GrantTokens: ["none"] }), "InvalidGrantTokenException", /./);
    for (const [name, value] of found)
      if (secretMembers.includes(name) && value instanceof Uint8Array) secrets.push(value);
  }
  assert.equal(secrets.length, 8);
  await createKey(kms, { Description: "in the trail" });
  proveAbsent(server, secrets);
});

/** Proves that files of the service hold a text that belongs there, and none of these secrets in any spelling. */
function proveAbsent({ folder }: TestServer, secrets: readonly Uint8Array[]): void {
  const files = filesIn(folder)
    // The set-up leaves a credentials file for AWS's command line there, on purpose.
    .filter(({ path }) => !path.includes("/aws/"))
    .map(({ content }) => content);
  assert.ok(files.some((bytes) => bytes.includes("in the trail")));
  for (const [index, secret] of secrets.entries())
    for (const spelling of [
      secret,
      Buffer.from(secret).toString("base64"),
      Buffer.from(secret).toString("hex"),
    ])
      assert.ok(!files.some((bytes) => bytes.includes(spelling)), `secret ${index}`);
}
