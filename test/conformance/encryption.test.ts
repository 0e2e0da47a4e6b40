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
  keyPolicy,
  openServer,
  otherAccount,
  refused,
  rootArn,
  userArn,
} from "./support.ts";

const Plaintext = Buffer.from("a plaintext");

describe("Encrypt and Decrypt (facts 6)", () => {
  let server: TestServer;
  let kms: KMS;
  let key: NewKey;
  let other: NewKey;
  let blob: Uint8Array;
  before(async () => {
    server = await openServer();
    kms = connect(server);
    key = await createKey(kms);
    other = await createKey(kms);
    await kms.createAlias({ AliasName: "alias/right", TargetKeyId: key.id });
    blob = await encrypt();
  });
  const encrypt = async (EncryptionContext?: Record<string, string>): Promise<Uint8Array> => {
    const { CiphertextBlob } = await kms.encrypt({ KeyId: key.id, Plaintext, EncryptionContext });
    assert.ok(CiphertextBlob);
    return CiphertextBlob;
  };

  test("Encrypt answers blob, key ARN and algorithm; there is no KeyMaterialId", async () => {
    const { CiphertextBlob, ...rest } = await answer(
      kms.encrypt({ KeyId: "alias/right", Plaintext }),
    );
    assert.deepEqual(rest, { KeyId: key.arn, EncryptionAlgorithm: "SYMMETRIC_DEFAULT" });
    assert.equal(CiphertextBlob?.length, Plaintext.length + 116);
  });

  test("Decrypt answers plaintext, key ARN, algorithm and KeyMaterialId", async () => {
    const expected = {
      KeyId: key.arn,
      Plaintext: Uint8Array.from(Plaintext),
      EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
      KeyMaterialId: key.material,
    };
    for (const KeyId of [undefined, key.id, key.arn, "alias/right"])
      assert.deepEqual(await answer(kms.decrypt({ CiphertextBlob: blob, KeyId })), expected);
    const named = { CiphertextBlob: blob, EncryptionAlgorithm: "SYMMETRIC_DEFAULT" } as const;
    assert.deepEqual(await answer(kms.decrypt(named)), expected);
  });

  test("encrypting twice gives two ciphertexts", async () => {
    assert.notDeepEqual(await encrypt(), await encrypt());
  });

  test("a plaintext has 1 to 4,096 bytes; of others AWS's text does not show the value", async () => {
    for (const size of [1, 4096]) {
      const { CiphertextBlob } = await kms.encrypt({
        KeyId: key.id,
        Plaintext: Buffer.alloc(size, 7),
      });
      assert.ok(Number(CiphertextBlob?.length) <= 6144);
      const { Plaintext: opened } = await kms.decrypt({ CiphertextBlob });
      assert.deepEqual(opened, new Uint8Array(size).fill(7));
    }
    const text =
      "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length";
    await refused(
      kms.encrypt({ KeyId: key.id, Plaintext: Buffer.alloc(4097) }),
      "ValidationException",
      `${text} less than or equal to 4096`,
    );
    await refused(
      kms.encrypt({ KeyId: key.id, Plaintext: Buffer.alloc(0) }),
      "ValidationException",
      `${text} greater than or equal to 1`,
    );
  });

  test("a ciphertext has 1 to 6,144 bytes", async () => {
    const text =
      "1 validation error detected: Value at 'ciphertextBlob' failed to satisfy constraint: Member must have length";
    await refused(
      kms.decrypt({ CiphertextBlob: Buffer.alloc(6145) }),
      "ValidationException",
      `${text} less than or equal to 6144`,
    );
    await refused(
      kms.decrypt({ CiphertextBlob: Buffer.alloc(0) }),
      "ValidationException",
      `${text} greater than or equal to 1`,
    );
    await refused(
      kms.decrypt({ CiphertextBlob: Buffer.alloc(6144) }),
      "InvalidCiphertextException",
    );
  });

  test("the context must be the same; its order has no meaning", async () => {
    const CiphertextBlob = await encrypt({ a: "1", b: "2" });
    await kms.decrypt({ CiphertextBlob, EncryptionContext: { b: "2", a: "1" } });
    for (const EncryptionContext of [
      undefined,
      {},
      { a: "1" },
      { a: "1", b: "2", c: "3" },
      { A: "1", b: "2" },
      { a: "1", b: "2 " },
      { a: "2", b: "1" },
      { a: "1b", "": "2" },
    ])
      for (const KeyId of [undefined, key.arn])
        await refused(
          kms.decrypt({ CiphertextBlob, EncryptionContext, KeyId }),
          "InvalidCiphertextException",
        );
  });

  test("values are compared by case, and Unicode is not normalised", async () => {
    for (const [given, wrong] of [
      [{ k: "Value" }, { k: "value" }],
      [{ "Gr\u00fc\u00dfe": "\u{1F511}" }, { "Gru\u0308\u00dfe": "\u{1F511}" }],
      [{ "": "" }, {}],
      [{ ["__proto__"]: "x" }, {}],
      [{ constructor: "a" }, { toString: "a" }],
    ] as readonly (readonly [Record<string, string>, Record<string, string>])[]) {
      const CiphertextBlob = await encrypt(given);
      await kms.decrypt({ CiphertextBlob, EncryptionContext: given });
      await refused(
        kms.decrypt({ CiphertextBlob, EncryptionContext: wrong }),
        "InvalidCiphertextException",
      );
    }
  });

  test("an empty context equals none", async () => {
    await kms.decrypt({ CiphertextBlob: await encrypt({}) });
    await kms.decrypt({ CiphertextBlob: blob, EncryptionContext: {} });
    await refused(
      kms.decrypt({ CiphertextBlob: blob, EncryptionContext: { a: "" } }),
      "InvalidCiphertextException",
    );
  });

  test("a context may have many pairs", async () => {
    const EncryptionContext = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`key-${index}`, `value ${index}`]),
    );
    await kms.decrypt({ CiphertextBlob: await encrypt(EncryptionContext), EncryptionContext });
  });

  test("another key is an incorrect key, by id, ARN or alias", async () => {
    const text =
      "The key ID in the request does not identify a CMK that can perform this operation.";
    await kms.createAlias({ AliasName: "alias/wrong", TargetKeyId: other.id });
    for (const KeyId of [other.id, other.arn, "alias/wrong"])
      await refused(kms.decrypt({ CiphertextBlob: blob, KeyId }), "IncorrectKeyException", text);
    await refused(
      kms.reEncrypt({ CiphertextBlob: blob, SourceKeyId: other.id, DestinationKeyId: key.id }),
      "IncorrectKeyException",
      text,
    );
  });

  test("what is no ciphertext is invalid, with or without a key", async () => {
    const bytes = Buffer.from(blob);
    for (const CiphertextBlob of [
      Buffer.from("garbage"),
      bytes.subarray(0, -1),
      bytes.subarray(0, 116),
      bytes.subarray(1),
      Buffer.concat([bytes, Buffer.of(0)]),
      Buffer.from("AQIDAHgHnhn0mwNfyJc0XkaAPmVLCQ==", "base64"),
    ])
      for (const KeyId of [undefined, key.id])
        await refused(kms.decrypt({ CiphertextBlob, KeyId }), "InvalidCiphertextException");
  });

  test("every single flipped bit makes a ciphertext invalid, with and without a key", async () => {
    const calls: Promise<void>[] = [];
    for (let bit = 0; bit < blob.length * 8; bit++) {
      const CiphertextBlob = Buffer.from(blob);
      CiphertextBlob[bit >> 3] = Number(CiphertextBlob[bit >> 3]) ^ (1 << (bit & 7));
      for (const KeyId of [undefined, key.arn])
        calls.push(refused(kms.decrypt({ CiphertextBlob, KeyId }), "InvalidCiphertextException"));
      if (calls.length >= 64) await Promise.all(calls.splice(0));
    }
    await Promise.all(calls);
  });

  test("an algorithm of other keys is incompatible", async () => {
    const text = "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.";
    const EncryptionAlgorithm = "RSAES_OAEP_SHA_256";
    for (const call of [
      () => kms.encrypt({ KeyId: key.id, Plaintext, EncryptionAlgorithm }),
      () => kms.decrypt({ CiphertextBlob: blob, EncryptionAlgorithm }),
      () =>
        kms.reEncrypt({
          CiphertextBlob: blob,
          DestinationKeyId: key.id,
          DestinationEncryptionAlgorithm: EncryptionAlgorithm,
        }),
    ])
      await refused(call(), "InvalidKeyUsageException", text);
  });

  test("a ciphertext of a key elsewhere, forbidden or gone is refused alike when no key is named", async () => {
    const text =
      "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.";
    for (const [client, DestinationKeyId] of [
      [
        connect(server, "admin", "eu-west-1"),
        (await createKey(connect(server, "admin", "eu-west-1"))).arn,
      ],
      [connect(server, "other"), (await createKey(connect(server, "other"))).arn],
      [connect(server, "nobody"), key.arn],
    ] as const) {
      await refused(client.decrypt({ CiphertextBlob: blob }), "AccessDeniedException", text);
      await refused(
        client.reEncrypt({ CiphertextBlob: blob, DestinationKeyId }),
        "AccessDeniedException",
        text,
      );
    }
  });

  test("with the key named, the usual text says who may not do what", async () => {
    await refused(
      connect(server, "nobody").decrypt({ CiphertextBlob: blob, KeyId: key.id }),
      "AccessDeniedException",
      denial(userArn("nobody"), "Decrypt", key.arn, "identity-based"),
    );
    await refused(
      connect(server, "other").decrypt({ CiphertextBlob: blob, KeyId: key.arn }),
      "AccessDeniedException",
      denial(userArn("admin", otherAccount), "Decrypt", key.arn, "resource-based"),
    );
  });

  test("a ciphertext finds its key in another account that allows it", async () => {
    const shared = await createKey(kms, {
      Policy: keyPolicy({
        Principal: { AWS: rootArn(otherAccount) },
        Action: ["kms:Encrypt", "kms:Decrypt"],
      }),
    });
    const foreign = connect(server, "other");
    const { CiphertextBlob, KeyId } = await foreign.encrypt({ KeyId: shared.arn, Plaintext });
    assert.equal(KeyId, shared.arn);
    assert.equal((await foreign.decrypt({ CiphertextBlob })).KeyId, shared.arn);
    assert.equal((await kms.decrypt({ CiphertextBlob })).KeyId, shared.arn);
  });

  test("a ciphertext outlives a restart", async () => {
    await server.restart();
    kms = connect(server);
    const { Plaintext: opened } = await kms.decrypt({ CiphertextBlob: blob });
    assert.deepEqual(opened, Uint8Array.from(Plaintext));
  });
});
