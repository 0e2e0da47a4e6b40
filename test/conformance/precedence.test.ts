import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import type { TestServer } from "../support/keywright.ts";
import type { NewKey } from "./support.ts";
import {
  connect,
  createKey,
  denial,
  keyArn,
  missingId,
  openServer,
  refused,
  userArn,
} from "./support.ts";

const Plaintext = Buffer.of(1);

describe("which error wins (facts 2.3)", () => {
  let server: TestServer;
  let kms: KMS;
  let nobody: KMS;
  let disabled: NewKey;
  let enabled: NewKey;
  before(async () => {
    server = await openServer();
    kms = connect(server);
    nobody = connect(server, "nobody");
    disabled = await createKey(kms);
    enabled = await createKey(kms);
    await kms.disableKey({ KeyId: disabled.id });
  });

  test("constraints beat a missing key", async () => {
    for (const client of [kms, nobody])
      await refused(
        client.encrypt({ KeyId: missingId, Plaintext: Buffer.alloc(4097) }),
        "ValidationException",
        /at 'plaintext'/,
      );
  });

  test("a missing key beats permission", async () => {
    await refused(
      nobody.encrypt({ KeyId: missingId, Plaintext }),
      "NotFoundException",
      `Key '${keyArn(missingId)}' does not exist`,
    );
    await refused(
      nobody.encrypt({ KeyId: "odd", Plaintext }),
      "NotFoundException",
      "Invalid keyId 'odd'",
    );
  });

  test("permission beats state: who may not, does not learn of it", async () => {
    await refused(
      nobody.encrypt({ KeyId: disabled.id, Plaintext }),
      "AccessDeniedException",
      denial(userArn("nobody"), "Encrypt", disabled.arn, "identity-based"),
    );
  });

  test("permission beats the rules of the operation", async () => {
    await refused(
      nobody.generateDataKey({ KeyId: enabled.id }),
      "AccessDeniedException",
      denial(userArn("nobody"), "GenerateDataKey", enabled.arn, "identity-based"),
    );
    await refused(
      nobody.scheduleKeyDeletion({ KeyId: enabled.id, PendingWindowInDays: 1 }),
      "AccessDeniedException",
      /kms:ScheduleKeyDeletion/,
    );
    await refused(
      nobody.putKeyPolicy({ KeyId: enabled.id, Policy: "not json" }),
      "AccessDeniedException",
      /kms:PutKeyPolicy/,
    );
  });

  test("state beats what the request says of ciphertext, algorithm and dry run", async () => {
    const text = `${disabled.arn} is disabled.`;
    for (const call of [
      () => kms.decrypt({ KeyId: disabled.id, CiphertextBlob: Buffer.from("garbage") }),
      () => kms.encrypt({ KeyId: disabled.id, Plaintext, EncryptionAlgorithm: "RSAES_OAEP_SHA_1" }),
      () => kms.encrypt({ KeyId: disabled.id, Plaintext, DryRun: true }),
      () => kms.rotateKeyOnDemand({ KeyId: disabled.id }),
    ])
      await refused(call(), "DisabledException", text);
  });

  test("a wrong key beats a wrong context; what is no ciphertext beats both", async () => {
    const { CiphertextBlob } = await kms.encrypt({ KeyId: enabled.id, Plaintext });
    const other = await createKey(kms);
    await refused(
      kms.decrypt({ CiphertextBlob, KeyId: other.id, EncryptionContext: { a: "b" } }),
      "IncorrectKeyException",
      /does not identify a CMK/,
    );
    await refused(
      kms.decrypt({ CiphertextBlob: Buffer.from("garbage"), KeyId: other.id }),
      "InvalidCiphertextException",
    );
  });

  test("the source of ReEncrypt is decided before the destination", async () => {
    const { CiphertextBlob } = await kms.encrypt({ KeyId: enabled.id, Plaintext });
    await refused(
      nobody.reEncrypt({ CiphertextBlob, SourceKeyId: enabled.id, DestinationKeyId: enabled.id }),
      "AccessDeniedException",
      /kms:ReEncryptFrom/,
    );
    await refused(
      kms.reEncrypt({ CiphertextBlob, SourceKeyId: disabled.id, DestinationKeyId: missingId }),
      "NotFoundException",
      /does not exist/,
    );
  });

  test("unknown tag keys, repeated enabling and the like are no errors", async () => {
    await kms.untagResource({ KeyId: enabled.id, TagKeys: ["never"] });
    await kms.enableKey({ KeyId: enabled.id });
    await kms.disableKey({ KeyId: disabled.id });
    await kms.enableKeyRotation({ KeyId: enabled.id });
    await kms.enableKeyRotation({ KeyId: enabled.id });
  });
});
