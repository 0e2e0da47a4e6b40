import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import type { TestServer } from "../support/keywright.ts";
import type { NewKey } from "./support.ts";
import {
  answer,
  connect,
  createKey,
  denial,
  openServer,
  policyOf,
  refused,
  seedWith,
  userArn,
} from "./support.ts";

describe("data keys, random bytes and ReEncrypt (facts 5.5, 6)", () => {
  let server: TestServer;
  let kms: KMS;
  let key: NewKey;
  let other: NewKey;
  before(async () => {
    server = await openServer(
      seedWith({
        manager: policyOf({ Action: ["kms:ReEncryptFrom"] }),
        encryptor: policyOf({ Action: "kms:ReEncrypt*" }),
      }),
    );
    kms = connect(server);
    key = await createKey(kms);
    other = await createKey(kms);
  });

  test("GenerateDataKey answers the key twice, the ARN and KeyMaterialId", async () => {
    const context = { EncryptionContext: { app: "1" } };
    const given = await answer(
      kms.generateDataKey({ KeyId: key.id, KeySpec: "AES_256", ...context }),
    );
    const { CiphertextBlob, Plaintext, ...rest } = given;
    assert.deepEqual(rest, { KeyId: key.arn, KeyMaterialId: key.material });
    assert.equal(Plaintext?.length, 32);
    const opened = await kms.decrypt({ CiphertextBlob, ...context });
    assert.deepEqual(opened.Plaintext, Plaintext);
    await refused(kms.decrypt({ CiphertextBlob }), "InvalidCiphertextException");
  });

  test("GenerateDataKeyWithoutPlaintext answers no plaintext", async () => {
    const { CiphertextBlob, ...rest } = await answer(
      kms.generateDataKeyWithoutPlaintext({ KeyId: key.arn, NumberOfBytes: 20 }),
    );
    assert.deepEqual(rest, { KeyId: key.arn, KeyMaterialId: key.material });
    assert.equal((await kms.decrypt({ CiphertextBlob })).Plaintext?.length, 20);
  });

  test("a data key has the length that was asked for, and is another every time", async () => {
    const length = async (input: object) =>
      (await kms.generateDataKey({ KeyId: key.id, ...input })).Plaintext?.length;
    assert.equal(await length({ KeySpec: "AES_128" }), 16);
    assert.equal(await length({ NumberOfBytes: 1 }), 1);
    assert.equal(await length({ NumberOfBytes: 1024 }), 1024);
    const [one, two] = await Promise.all(
      [1, 2].map(() => kms.generateDataKey({ KeyId: key.id, KeySpec: "AES_256" })),
    );
    assert.notDeepEqual(one?.Plaintext, two?.Plaintext);
  });

  test("exactly one of KeySpec and NumberOfBytes must be given", async () => {
    const text = "Please specify either number of bytes or key spec.";
    for (const input of [{}, { KeySpec: "AES_256", NumberOfBytes: 32 }] as const) {
      await refused(kms.generateDataKey({ KeyId: key.id, ...input }), "ValidationException", text);
      await refused(
        kms.generateDataKeyWithoutPlaintext({ KeyId: key.id, ...input }),
        "ValidationException",
        text,
      );
    }
  });

  test("NumberOfBytes is 1 to 1,024", async () => {
    const text = (value: number, rule: string): string =>
      `1 validation error detected: Value '${value}' at 'numberOfBytes' failed to satisfy constraint: Member must have value ${rule}`;
    for (const [NumberOfBytes, rule] of [
      [0, "greater than or equal to 1"],
      [1025, "less than or equal to 1024"],
    ] as const)
      for (const call of [
        () => kms.generateDataKey({ KeyId: key.id, NumberOfBytes }),
        () => kms.generateDataKeyWithoutPlaintext({ KeyId: key.id, NumberOfBytes }),
        () => kms.generateRandom({ NumberOfBytes }),
      ])
        await refused(call(), "ValidationException", text(NumberOfBytes, rule));
  });

  test("GenerateRandom answers that many bytes and nothing else", async () => {
    for (const NumberOfBytes of [1, 1024]) {
      const { Plaintext, ...rest } = await answer(kms.generateRandom({ NumberOfBytes }));
      assert.equal(Plaintext?.length, NumberOfBytes);
      assert.deepEqual(rest, {});
    }
  });

  test("GenerateRandom requires NumberOfBytes and IAM's permission", async () => {
    await refused(kms.generateRandom({}), "ValidationException", "NumberOfBytes is required.");
    await refused(
      connect(server, "nobody").generateRandom({ NumberOfBytes: 1 }),
      "AccessDeniedException",
      denial(userArn("nobody"), "GenerateRandom", "*", "identity-based"),
    );
    await refused(
      kms.generateRandom({ NumberOfBytes: 1, CustomKeyStoreId: "cks-1234567890abcdef0" }),
      "CustomKeyStoreNotFoundException",
      /cks-1234567890abcdef0/,
    );
  });

  test("ReEncrypt answers both ARNs, algorithms and materials", async () => {
    const { CiphertextBlob: before } = await kms.encrypt({
      KeyId: key.id,
      Plaintext: Buffer.from("moved"),
      EncryptionContext: { from: "here" },
    });
    const { CiphertextBlob, ...rest } = await answer(
      kms.reEncrypt({
        CiphertextBlob: before,
        SourceEncryptionContext: { from: "here" },
        DestinationKeyId: other.id,
        DestinationEncryptionContext: { to: "there" },
      }),
    );
    assert.deepEqual(rest, {
      SourceKeyId: key.arn,
      KeyId: other.arn,
      SourceEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
      DestinationEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
      SourceKeyMaterialId: key.material,
      DestinationKeyMaterialId: other.material,
    });
    const opened = await kms.decrypt({ CiphertextBlob, EncryptionContext: { to: "there" } });
    assert.equal(Buffer.from(opened.Plaintext ?? []).toString(), "moved");
    await refused(
      kms.reEncrypt({ CiphertextBlob: before, DestinationKeyId: other.id }),
      "InvalidCiphertextException",
    );
  });

  test("ReEncrypt to the same key may change the context", async () => {
    const { CiphertextBlob: before } = await kms.encrypt({
      KeyId: key.id,
      Plaintext: Buffer.of(1),
    });
    const { CiphertextBlob } = await kms.reEncrypt({
      CiphertextBlob: before,
      SourceKeyId: key.arn,
      DestinationKeyId: key.id,
      DestinationEncryptionContext: { a: "b" },
    });
    await kms.decrypt({ CiphertextBlob, EncryptionContext: { a: "b" } });
  });

  test("ReEncrypt needs kms:ReEncryptFrom and kms:ReEncryptTo", async () => {
    const { CiphertextBlob } = await kms.encrypt({ KeyId: key.id, Plaintext: Buffer.of(1) });
    const input = { CiphertextBlob, SourceKeyId: key.id, DestinationKeyId: other.id };
    await refused(
      connect(server, "nobody").reEncrypt(input),
      "AccessDeniedException",
      denial(userArn("nobody"), "ReEncryptFrom", key.arn, "identity-based"),
    );
    await refused(
      connect(server, "manager").reEncrypt(input),
      "AccessDeniedException",
      denial(userArn("manager"), "ReEncryptTo", other.arn, "identity-based"),
    );
    await connect(server, "encryptor").reEncrypt(input);
  });
});
