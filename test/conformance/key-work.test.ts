import * as assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { AwsError } from "../../src/base/errors.ts";
import type { JsonObject } from "../../src/base/json.ts";
import type { TestUser } from "../support/keywright.ts";
import type { Call } from "../support/pipeline.ts";
import { openPipeline } from "../support/pipeline.ts";
import { encryptTo, envelope } from "./import-support.ts";
import { enclave, rootsFile } from "./recipient-support.ts";

const throttled = new AwsError(
  "ThrottlingException",
  "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
);
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const Message = base64("a message");
const Plaintext = base64("a secret");

/** What a test reads of answers: members of text. */
type Members = Readonly<Partial<Record<string, string>>>;
const members = async (answer: ReturnType<Call>): Promise<Members> => (await answer) as Members;

async function createKey(call: Call, body: JsonObject = {}, user?: TestUser): Promise<string> {
  const { KeyMetadata } = (await call("CreateKey", body, user && { user })) as {
    readonly KeyMetadata: { readonly KeyId: string };
  };
  return KeyMetadata.KeyId;
}

describe("computations that take long wait for turns (docs/quotas.md)", () => {
  // Read at every call, so that tests can close what their keys were made through.
  const slow = { atOnce: 1, waiting: 600 };
  const long = { atOnce: 1, waiting: 4 };
  let call: Call;
  let close: () => Promise<void>;
  before(async () => {
    ({ call, close } = await openPipeline({ keyWork: { slow, long } }, [
      ["--attestation-roots", rootsFile],
    ]));
  });
  after(() => close());

  /** Does work while there is no room at all. */
  async function closed(work: () => Promise<void>): Promise<void> {
    const usual = [{ ...slow }, { ...long }] as const;
    for (const each of [slow, long]) Object.assign(each, { atOnce: 0, waiting: 0 });
    try {
      await work();
    } finally {
      Object.assign(slow, usual[0]);
      Object.assign(long, usual[1]);
    }
  }

  test("everything that is done with slow keys takes a turn, and nothing else", async () => {
    const usage = (KeySpec: string, KeyUsage: string) => createKey(call, { KeySpec, KeyUsage });
    const symmetric = await createKey(call);
    const [signer, quick] = [
      await usage("ECC_NIST_P384", "SIGN_VERIFY"),
      await usage("ECC_NIST_P256", "SIGN_VERIFY"),
    ];
    const agreeing = await usage("ECC_NIST_P384", "KEY_AGREEMENT");
    const rsa = await usage("RSA_2048", "ENCRYPT_DECRYPT");
    const sm2 = await usage("SM2", "ENCRYPT_DECRYPT");
    const KeyId = await createKey(call, { Origin: "EXTERNAL" });
    const imported = await createKey(call, {
      Origin: "EXTERNAL",
      KeySpec: "RSA_2048",
      KeyUsage: "SIGN_VERIFY",
    });
    const parameters = { WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048" };
    const signing = { KeyId: signer, Message, SigningAlgorithm: "ECDSA_SHA_384" };
    const toRsa = { KeyId: rsa, EncryptionAlgorithm: "RSAES_OAEP_SHA_256" };
    const toSm2 = { KeyId: sm2, EncryptionAlgorithm: "SM2PKE" };
    const { Signature = "" } = await members(call("Sign", signing));
    const { PublicKey = "" } = await members(call("GetPublicKey", { KeyId: agreeing }));
    const { CiphertextBlob = "" } = await members(call("Encrypt", { ...toRsa, Plaintext }));
    const token = await members(call("GetParametersForImport", { KeyId, ...parameters }));
    const importing = {
      KeyId,
      ImportToken: token["ImportToken"] ?? "",
      EncryptedKeyMaterial: encryptTo(
        Buffer.from(token["PublicKey"] ?? "", "base64"),
        Buffer.alloc(32, 7),
      ).toString("base64"),
      ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
    };
    const pair = (KeyPairSpec: string) => ({ KeyId: symmetric, KeyPairSpec });
    const taking: readonly (readonly [string, JsonObject])[] = [
      ["Sign", signing],
      ["Verify", { ...signing, Signature }],
      ["DeriveSharedSecret", { KeyId: agreeing, KeyAgreementAlgorithm: "ECDH", PublicKey }],
      ["Decrypt", { ...toRsa, CiphertextBlob }],
      ["Encrypt", { ...toSm2, Plaintext }],
      [
        "ReEncrypt",
        {
          SourceKeyId: rsa,
          SourceEncryptionAlgorithm: "RSAES_OAEP_SHA_256",
          DestinationKeyId: symmetric,
          CiphertextBlob,
        },
      ],
      ["CreateKey", { KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" }],
      ["CreateKey", { KeySpec: "ML_DSA_44", KeyUsage: "SIGN_VERIFY" }],
      ["GenerateDataKeyPair", pair("RSA_2048")],
      ["GenerateDataKeyPairWithoutPlaintext", pair("ECC_NIST_P521")],
      ["GetParametersForImport", { ...parameters, KeyId: imported, ...enveloped }],
      ["ImportKeyMaterial", importing],
    ];
    const atOnce: readonly (readonly [string, JsonObject])[] = [
      ["Encrypt", { KeyId: symmetric, Plaintext }],
      ["GenerateDataKey", { KeyId: symmetric, KeySpec: "AES_256" }],
      ["GenerateDataKeyPair", pair("ECC_NIST_P256")],
      ["Encrypt", { ...toRsa, Plaintext }],
      ["Sign", { ...signing, KeyId: quick, SigningAlgorithm: "ECDSA_SHA_256" }],
      ["CreateKey", {}],
    ];
    await closed(async () => {
      for (const [operation, body] of taking)
        await assert.rejects(call(operation, body), throttled, operation);
      for (const [operation, body] of atOnce) await call(operation, body);
    });
    for (const [operation, body] of taking) await call(operation, body);
  });

  test("RSA material that is imported is checked in a turn for long work", async () => {
    const usual = { ...slow };
    const kind = { Origin: "EXTERNAL", KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" };
    const KeyId = await createKey(call, kind);
    const parameters = await call("GetParametersForImport", { KeyId, ...enveloped });
    const { ImportToken = "", PublicKey = "" } = parameters as Members;
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const material = privateKey.export({ type: "pkcs8", format: "der" });
    const body = {
      KeyId,
      ImportToken,
      EncryptedKeyMaterial: envelope(Buffer.from(PublicKey, "base64"), material).toString("base64"),
      ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
    };
    await closed(async () => {
      Object.assign(slow, usual);
      await assert.rejects(call("ImportKeyMaterial", body), throttled);
    });
    await call("ImportKeyMaterial", body);
  });

  test("the signatures of a Recipient are verified in a turn", async () => {
    const { KeyEncryptionAlgorithm = "", AttestationDocument = Buffer.of() } = enclave();
    const Recipient = {
      KeyEncryptionAlgorithm,
      AttestationDocument: Buffer.from(AttestationDocument).toString("base64"),
    };
    const KeyId = await createKey(call);
    const [random, dataKey] = [{ NumberOfBytes: 32 }, { KeyId, KeySpec: "AES_256" }];
    await closed(async () => {
      await call("GenerateRandom", random);
      await call("GenerateDataKey", dataKey);
      await assert.rejects(call("GenerateRandom", { ...random, Recipient }), throttled);
      await assert.rejects(call("GenerateDataKey", { ...dataKey, Recipient }), throttled);
    });
    const { CiphertextForRecipient } = await members(
      call("GenerateDataKey", { ...dataKey, Recipient }),
    );
    assert.ok(CiphertextForRecipient !== undefined);
  });

  test("a key that is disabled while a call waits for its turn is not used for it", async () => {
    const [KeyId, busy] = [await createKey(call), await createKey(call)];
    const before = [1, 2].map(() =>
      call("GenerateDataKeyPair", { KeyId: busy, KeyPairSpec: "RSA_4096" }),
    );
    const waiting = call("GenerateDataKeyPair", { KeyId, KeyPairSpec: "RSA_2048" });
    await Promise.all([
      call("DisableKey", { KeyId }),
      assert.rejects(waiting, { code: "DisabledException" }),
      ...before,
    ]);
  });

  test("in a flood of RSA_4096 pairs others get their turn, symmetric calls go on, and the surplus is throttled", async () => {
    const own = await createKey(call);
    const others = await createKey(call, {}, "other");
    const done: string[] = [];
    const ask = async (name: string, KeyId: string, user: TestUser): Promise<void> => {
      const body = { KeyId, KeyPairSpec: "RSA_4096" };
      const ended = await call("GenerateDataKeyPairWithoutPlaintext", body, { user }).then(
        () => name,
        (error: AwsError) => error.code,
      );
      done.push(ended);
    };
    const flood = Array.from({ length: 12 }, () => ask("flood", own, "admin"));
    const other = ask("other", others, "other");
    await Promise.all(Array.from({ length: 20 }, () => call("Encrypt", { KeyId: own, Plaintext })));
    assert.ok(done.filter((name) => name === "flood").length < 4, "the flood did not last");
    await Promise.all([...flood, other]);
    const made = done.filter((name) => name !== "ThrottlingException");
    // One was under way and four waited; the other's came in the place of one of them.
    assert.deepEqual(made.toSorted(), ["flood", "flood", "flood", "flood", "other"]);
    assert.ok(made.indexOf("other") <= 2, made.join());
    assert.equal(done.length - made.length, 8);
  });
});

const enveloped = { WrappingAlgorithm: "RSA_AES_KEY_WRAP_SHA_256", WrappingKeySpec: "RSA_2048" };
