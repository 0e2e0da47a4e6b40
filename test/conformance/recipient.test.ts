import * as assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from "node:crypto";
import { before, describe, test } from "node:test";
import type { KMS, RecipientInfo } from "@aws-sdk/client-kms";
import { encode } from "cborg";
import {
  attestationDocument,
  issuePath,
  nitroTerms,
  payloadOf,
  pcr,
  signedMessage,
} from "../support/attestation.ts";
import type { TestServer } from "../support/keywright.ts";
import { lastRecord } from "./audit-support.ts";
import {
  enclave,
  openInEnclave,
  openTrustingServer,
  path,
  recipient,
} from "./recipient-support.ts";
import type { NewKey } from "./support.ts";
import { answer, connect, createKey, openServer, refused } from "./support.ts";

const secret = Buffer.from("what only the enclave may read");
const publicKeyOf = (der: Uint8Array | undefined) =>
  createPublicKey({ key: Buffer.from(der ?? []), format: "der", type: "spki" });
const privateKeyOf = (der: Uint8Array | undefined) =>
  createPrivateKey({ key: Buffer.from(der ?? []), format: "der", type: "pkcs8" });

describe("Recipient: answers for an attested enclave alone (facts 6.6)", () => {
  let server: TestServer;
  let kms: KMS;
  let key: NewKey;
  let agreement: NewKey;
  let CiphertextBlob: Uint8Array | undefined;
  const peer = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const PublicKey = peer.publicKey.export({ type: "spki", format: "der" });
  before(async () => {
    server = await openTrustingServer();
    kms = connect(server);
    key = await createKey(kms);
    agreement = await createKey(kms, { KeyUsage: "KEY_AGREEMENT", KeySpec: "ECC_NIST_P256" });
    ({ CiphertextBlob } = await kms.encrypt({ KeyId: key.id, Plaintext: secret }));
  });

  /** Each operation that takes a Recipient, by name. */
  const calls = (Recipient: RecipientInfo | undefined, DryRun?: boolean) => ({
    Decrypt: () => kms.decrypt({ CiphertextBlob, Recipient, DryRun }),
    GenerateDataKey: () =>
      kms.generateDataKey({ KeyId: key.id, KeySpec: "AES_256", Recipient, DryRun }),
    GenerateDataKeyPair: () =>
      kms.generateDataKeyPair({ KeyId: key.id, KeyPairSpec: "ECC_NIST_P256", Recipient, DryRun }),
    DeriveSharedSecret: () =>
      kms.deriveSharedSecret({
        KeyId: agreement.id,
        KeyAgreementAlgorithm: "ECDH",
        PublicKey,
        Recipient,
        DryRun,
      }),
    GenerateRandom: () => kms.generateRandom({ NumberOfBytes: 24, Recipient }),
  });

  const sharedSecret = async (): Promise<Buffer> => {
    const own = await kms.getPublicKey({ KeyId: agreement.id });
    const publicKey = publicKeyOf(own.PublicKey);
    return diffieHellman({ publicKey, privateKey: peer.privateKey });
  };

  test("Decrypt answers the plaintext for the enclave, without Plaintext and KeyMaterialId", async () => {
    const { CiphertextForRecipient, ...others } = await answer(calls(enclave()).Decrypt());
    assert.deepEqual(openInEnclave(CiphertextForRecipient), secret);
    assert.deepEqual(others, { KeyId: key.arn, EncryptionAlgorithm: "SYMMETRIC_DEFAULT" });
  });

  test("Decrypt under a key pair answers the plaintext for the enclave, too", async () => {
    const pair = await createKey(kms, { KeyUsage: "ENCRYPT_DECRYPT", KeySpec: "RSA_2048" });
    const asked = { KeyId: pair.id, EncryptionAlgorithm: "RSAES_OAEP_SHA_256" } as const;
    const { CiphertextBlob: blob } = await kms.encrypt({ ...asked, Plaintext: secret });
    const { CiphertextForRecipient, Plaintext } = await kms.decrypt({
      ...asked,
      CiphertextBlob: blob,
      Recipient: enclave(),
    });
    assert.deepEqual(openInEnclave(CiphertextForRecipient), secret);
    assert.equal(Plaintext, undefined);
  });

  test("GenerateDataKey answers the data key for the enclave, and under the KMS key", async () => {
    const {
      CiphertextForRecipient,
      CiphertextBlob: blob,
      ...others
    } = await answer(calls(enclave()).GenerateDataKey());
    const dataKey = openInEnclave(CiphertextForRecipient);
    assert.equal(dataKey.length, 32);
    const { Plaintext } = await kms.decrypt({ CiphertextBlob: blob });
    assert.deepEqual(Buffer.from(Plaintext ?? []), dataKey);
    assert.deepEqual(others, { KeyId: key.arn });
  });

  test("GenerateDataKeyPair answers the private key for the enclave, and under the KMS key", async () => {
    const {
      CiphertextForRecipient,
      PrivateKeyCiphertextBlob,
      PublicKey: pairKey,
      ...others
    } = await answer(calls(enclave()).GenerateDataKeyPair());
    const privateKey = openInEnclave(CiphertextForRecipient);
    const derived = createPublicKey(privateKeyOf(privateKey));
    assert.ok(derived.equals(publicKeyOf(pairKey)));
    const { Plaintext } = await kms.decrypt({ CiphertextBlob: PrivateKeyCiphertextBlob });
    assert.deepEqual(Buffer.from(Plaintext ?? []), privateKey);
    assert.deepEqual(others, { KeyId: key.arn, KeyPairSpec: "ECC_NIST_P256" });
  });

  test("DeriveSharedSecret answers the secret for the enclave", async () => {
    const { CiphertextForRecipient, ...others } = await answer(
      calls(enclave()).DeriveSharedSecret(),
    );
    assert.deepEqual(openInEnclave(CiphertextForRecipient), await sharedSecret());
    assert.deepEqual(others, {
      KeyId: agreement.arn,
      KeyAgreementAlgorithm: "ECDH",
      KeyOrigin: "AWS_KMS",
    });
  });

  test("GenerateRandom answers random bytes for the enclave", async () => {
    const { CiphertextForRecipient, ...others } = await answer(calls(enclave()).GenerateRandom());
    assert.equal(openInEnclave(CiphertextForRecipient).length, 24);
    assert.deepEqual(others, {});
  });

  test("a document without a public key is answered in the clear, without KeyMaterialId", async () => {
    const without = calls(enclave({ public_key: null }));
    const decrypted = await answer(without.Decrypt());
    assert.deepEqual(Buffer.from(decrypted.Plaintext ?? []), secret);
    assert.deepEqual(Object.keys(decrypted).toSorted(), [
      "EncryptionAlgorithm",
      "KeyId",
      "Plaintext",
    ]);
    const { Plaintext, ...dataKey } = await answer(without.GenerateDataKey());
    assert.equal(Plaintext?.length, 32);
    assert.deepEqual(Object.keys(dataKey).toSorted(), ["CiphertextBlob", "KeyId"]);
    const pair = await answer(without.GenerateDataKeyPair());
    assert.ok(privateKeyOf(pair.PrivateKeyPlaintext));
    assert.equal(pair.KeyMaterialId, undefined);
    assert.equal((await without.GenerateRandom()).Plaintext?.length, 24);
    const agreed = await without.DeriveSharedSecret();
    assert.deepEqual(Buffer.from(agreed.SharedSecret ?? []), await sharedSecret());
  });

  test("a document that does not hold is refused by every operation, with the reason", async () => {
    const stranger = issuePath(nitroTerms);
    const old = new Date(Date.now() - 301_000);
    const forged = signedMessage(
      encode(payloadOf(path, new Date())),
      generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey,
    );
    const cases: readonly (readonly [Uint8Array, string])[] = [
      [Buffer.of(1), "it is no COSE_Sign1"],
      [forged, "its signature is wrong"],
      [attestationDocument(path, old), "it is more than five minutes old"],
      [
        attestationDocument(stranger, new Date()),
        "its certificates do not begin with a root that is trusted here",
      ],
      [attestationDocument(path.slice(0, 4), new Date()), "its certificate may not sign documents"],
    ];
    for (const [document, fault] of cases)
      for (const call of Object.values(calls(recipient(document))))
        await refused(
          call(),
          "ValidationException",
          `The attestation document is not valid: ${fault}.`,
        );
    for (const call of Object.values(calls(enclave({ public_key: Buffer.from("dummy") }))))
      await refused(call(), "ValidationException", /public_key is no RSA key of 2,048 bits/);
  });

  test("a Recipient without a document, of another algorithm or with a document too long is refused", async () => {
    for (const call of Object.values(calls({ KeyEncryptionAlgorithm: "RSAES_OAEP_SHA_256" })))
      await refused(call(), "ValidationException", "Recipient has no attestation document.");
    const other = { ...enclave(), KeyEncryptionAlgorithm: "RSAES_OAEP_SHA_1" } as unknown;
    for (const call of Object.values(calls(other as RecipientInfo)))
      await refused(
        call(),
        "ValidationException",
        "1 validation error detected: Value 'RSAES_OAEP_SHA_1' at 'recipient.keyEncryptionAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [RSAES_OAEP_SHA_256]",
      );
    for (const length of [0, 262_145])
      for (const call of Object.values(calls(recipient(Buffer.alloc(length)))))
        await refused(call(), "ValidationException", /at 'recipient\.attestationDocument' failed/);
  });

  test("DryRun verifies the document, too", async () => {
    const { GenerateRandom: _without, ...dry } = calls(enclave(), true);
    for (const call of Object.values(dry)) await refused(call(), "DryRunOperationException", /./);
    const { GenerateRandom: _neither, ...wrong } = calls(recipient(Buffer.of(1)), true);
    for (const call of Object.values(wrong)) await refused(call(), "ValidationException", /./);
  });

  test("the audit record names the module and the registers that AWS records", async () => {
    const registers = {
      attestationDocumentModuleId: "i-0123456789abcdef0-enc0123456789abcdef",
      attestationDocumentEnclaveImageDigest: pcr("PCR0").toString("hex"),
      ...Object.fromEntries(
        [1, 2, 3, 4, 8].map((index) => [
          `attestationDocumentEnclavePCR${index}`,
          pcr(`PCR${index}`).toString("hex"),
        ]),
      ),
    };
    const keyMaterialId = key.material;
    const expected = {
      Decrypt: { keyMaterialId, recipient: registers },
      GenerateDataKey: { keyMaterialId, recipient: registers },
      GenerateDataKeyPair: { keyMaterialId, recipient: registers },
      DeriveSharedSecret: { recipient: registers },
      GenerateRandom: { recipient: registers },
    };
    for (const [name, call] of Object.entries(calls(enclave()))) {
      await call();
      const record = await lastRecord(server, name);
      assert.deepEqual(record["additionalEventData"], Object(expected)[name], name);
      assert.doesNotMatch(JSON.stringify(record["requestParameters"]), /recipient/i);
    }
    await calls(undefined).GenerateRandom();
    assert.equal((await lastRecord(server, "GenerateRandom"))["additionalEventData"], undefined);
  });

  test("the audit record of a NitroTPM has the registers of its own", async () => {
    const pcrs = new Map(Array.from({ length: 24 }, (_, index) => [index, pcr(`PCR${index}`)]));
    await calls(enclave({ pcrs: undefined, nitrotpm_pcrs: pcrs })).GenerateRandom();
    const record = await lastRecord(server, "GenerateRandom");
    const recorded = [4, 7, 8, 9, 16, 23].map((index) => [
      `attestationDocumentNitroTPMPCR${index}`,
      pcr(`PCR${index}`).toString("hex"),
    ]);
    assert.deepEqual(record["additionalEventData"], {
      recipient: {
        attestationDocumentModuleId: "i-0123456789abcdef0-enc0123456789abcdef",
        ...Object.fromEntries(recorded),
      },
    });
  });
});

test("without configured roots a Recipient is refused, never ignored", async () => {
  const kms = connect(await openServer());
  const key = await createKey(kms);
  const Recipient = enclave();
  const { CiphertextBlob } = await kms.encrypt({ KeyId: key.id, Plaintext: secret });
  for (const call of [
    () => kms.decrypt({ CiphertextBlob, Recipient }),
    () => kms.generateDataKey({ KeyId: key.id, KeySpec: "AES_256", Recipient }),
    () => kms.generateDataKeyPair({ KeyId: key.id, KeyPairSpec: "ECC_NIST_P256", Recipient }),
    () => kms.generateRandom({ NumberOfBytes: 1, Recipient }),
  ])
    await refused(
      call(),
      "UnsupportedOperationException",
      "Recipient is not supported here: no roots of attestation documents are configured (--attestation-roots).",
    );
});
