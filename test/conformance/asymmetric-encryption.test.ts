import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { constants, createPublicKey, publicEncrypt } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { EncryptionAlgorithmSpec, KeySpec, KMS } from "@aws-sdk/client-kms";
import type { TestServer } from "../support/keywright.ts";
import { proveRecord } from "./audit-support.ts";
import { kinds, present } from "./key-uses.ts";
import type { NewKey } from "./support.ts";
import { answer, connect, createKey, openServer, refused } from "./support.ts";

const Plaintext = Buffer.from("a plaintext");
const KeyUsage = "ENCRYPT_DECRYPT" as const;

/** Encrypts by somebody else's code, with nothing of ours but the public key. */
type Offline = (publicKey: Buffer, plaintext: Uint8Array) => Buffer;
const oaep =
  (oaepHash: string): Offline =>
  (der, plaintext) => {
    const key = createPublicKey({ key: der, format: "der", type: "spki" });
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    return publicEncrypt({ key, padding, oaepHash }, plaintext);
  };
const sm2: Offline = (der, plaintext) => {
  const folder = mkdtempSync(join(tmpdir(), "keywright-sm2-"));
  try {
    const key = join(folder, "key");
    writeFileSync(key, der);
    const args = ["pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", key];
    return execFileSync("openssl", [...args, "-pkeyopt", "digest:sm3"], { input: plaintext });
  } finally {
    rmSync(folder, { recursive: true });
  }
};

interface Case {
  readonly spec: KeySpec;
  readonly algorithm: EncryptionAlgorithmSpec;
  readonly limit: number;
  /** Bytes of every ciphertext; undefined where they depend on the plaintext. */
  readonly size?: number;
  readonly offline: Offline;
}
const rsa = (bits: number): readonly Case[] =>
  (
    [
      ["RSAES_OAEP_SHA_1", "sha1", 42],
      ["RSAES_OAEP_SHA_256", "sha256", 66],
    ] as const
  ).map(([algorithm, of, overhead]) => ({
    spec: `RSA_${bits}` as KeySpec,
    algorithm,
    limit: bits / 8 - overhead,
    size: bits / 8,
    offline: oaep(of),
  }));
const cases: readonly Case[] = [
  ...rsa(2048),
  ...rsa(3072),
  ...rsa(4096),
  { spec: "SM2", algorithm: "SM2PKE", limit: 1024, offline: sm2 },
];

describe("Encrypt, Decrypt and ReEncrypt with key pairs (facts 5.2, 6)", () => {
  let server: TestServer;
  let kms: KMS;
  let symmetric: NewKey;
  const keys = new Map<KeySpec, NewKey>();
  before(async () => {
    server = await openServer();
    kms = connect(server);
    symmetric = await createKey(kms);
    for (const spec of new Set(cases.map((each) => each.spec)))
      keys.set(spec, await createKey(kms, { KeySpec: spec, KeyUsage }));
  });

  for (const { spec, algorithm: EncryptionAlgorithm, limit, size, offline } of cases)
    describe(`${spec} with ${EncryptionAlgorithm}`, () => {
      let key: NewKey;
      before(() => {
        key = present(keys.get(spec));
      });
      const request = () => ({ KeyId: key.id, EncryptionAlgorithm });

      test(`encrypts up to ${limit} bytes, differently every time; no material is named`, async () => {
        for (const length of [1, limit]) {
          const long = Buffer.alloc(length, 7);
          const encrypted = await answer(kms.encrypt({ ...request(), Plaintext: long }));
          const { CiphertextBlob, ...rest } = encrypted;
          assert.deepEqual(rest, { KeyId: key.arn, EncryptionAlgorithm });
          if (size !== undefined) assert.equal(CiphertextBlob?.length, size);
          assert.deepEqual(await answer(kms.decrypt({ ...request(), CiphertextBlob })), {
            KeyId: key.arn,
            Plaintext: Uint8Array.from(long),
            EncryptionAlgorithm,
          });
          const again = await kms.encrypt({ ...request(), Plaintext: long });
          assert.notDeepEqual(again.CiphertextBlob, CiphertextBlob);
        }
      });

      test("refuses longer plaintexts", async () => {
        const text = `Algorithm ${EncryptionAlgorithm} and key spec ${spec} cannot encrypt data larger than ${limit} bytes.`;
        for (const length of [limit + 1, 4096]) {
          const call = kms.encrypt({ ...request(), Plaintext: Buffer.alloc(length) });
          await refused(call, "ValidationException", text);
        }
        const { CiphertextBlob } = await kms.encrypt({
          KeyId: symmetric.id,
          Plaintext: Buffer.alloc(limit + 1),
        });
        const call = kms.reEncrypt({
          CiphertextBlob,
          DestinationKeyId: key.id,
          DestinationEncryptionAlgorithm: EncryptionAlgorithm,
        });
        await refused(call, "ValidationException", text);
      });

      test("decrypts what was encrypted offline", async () => {
        const publicKey = Buffer.from(
          present((await kms.getPublicKey({ KeyId: key.id })).PublicKey),
        );
        for (const length of [1, 32, limit]) {
          const plaintext = Buffer.alloc(length, 9);
          const CiphertextBlob = offline(publicKey, plaintext);
          const opened = await kms.decrypt({ ...request(), CiphertextBlob });
          assert.deepEqual(opened.Plaintext, Uint8Array.from(plaintext));
        }
      });

      test("a ciphertext that is changed, cut, lengthened or another's is invalid, and nothing tells why", async () => {
        const { CiphertextBlob } = await kms.encrypt({ ...request(), Plaintext });
        const good = Buffer.from(present(CiphertextBlob));
        const flipped = Buffer.from(good);
        flipped[good.length - 1] = Number(good.at(-1)) ^ 1;
        for (const changed of [
          flipped,
          good.subarray(1),
          good.subarray(0, -1),
          Buffer.concat([good, Buffer.of(0)]),
          Buffer.alloc(good.length),
          Buffer.alloc(good.length, 255),
          Buffer.of(1),
          Buffer.alloc(6144, 1),
        ])
          await refused(
            kms.decrypt({ ...request(), CiphertextBlob: changed }),
            "InvalidCiphertextException",
          );
        const other = await createKey(kms, { KeySpec: spec, KeyUsage });
        await refused(
          kms.decrypt({ ...request(), KeyId: other.id, CiphertextBlob }),
          "InvalidCiphertextException",
        );
      });

      test("the key and the algorithm must be named: the ciphertext says neither", async () => {
        const { CiphertextBlob } = await kms.encrypt({ ...request(), Plaintext });
        await refused(kms.decrypt({ CiphertextBlob }), "InvalidCiphertextException");
        const text = `A key ID is required to decrypt with algorithm ${EncryptionAlgorithm}.`;
        await refused(
          kms.decrypt({ CiphertextBlob, EncryptionAlgorithm }),
          "ValidationException",
          text,
        );
        await refused(
          kms.reEncrypt({
            CiphertextBlob,
            SourceEncryptionAlgorithm: EncryptionAlgorithm,
            DestinationKeyId: symmetric.id,
          }),
          "ValidationException",
          text,
        );
        const usual = `Algorithm SYMMETRIC_DEFAULT is incompatible with key spec ${spec}.`;
        for (const call of [
          () => kms.encrypt({ KeyId: key.id, Plaintext }),
          () => kms.decrypt({ KeyId: key.id, CiphertextBlob }),
          () => kms.generateDataKey({ KeyId: key.id, KeySpec: "AES_256" }),
          () => kms.generateDataKeyWithoutPlaintext({ KeyId: key.id, NumberOfBytes: 32 }),
          () => kms.generateDataKeyPair({ KeyId: key.id, KeyPairSpec: "ECC_NIST_P256" }),
          () =>
            kms.generateDataKeyPairWithoutPlaintext({
              KeyId: key.id,
              KeyPairSpec: "ECC_NIST_P256",
            }),
        ])
          await refused(call(), "InvalidKeyUsageException", usual);
      });

      test("a key pair binds no encryption context; the empty one is none", async () => {
        const text = "An encryption context is supported with symmetric encryption keys only.";
        const { CiphertextBlob } = await kms.encrypt({
          ...{ ...request(), Plaintext },
          EncryptionContext: {},
        });
        const bound = { ...request(), EncryptionContext: { a: "b" } };
        await refused(kms.encrypt({ ...bound, Plaintext }), "ValidationException", text);
        await refused(kms.decrypt({ ...bound, CiphertextBlob }), "ValidationException", text);
      });

      test("ReEncrypt goes from and to symmetric keys and key pairs", async () => {
        const pair = {
          DestinationKeyId: key.id,
          DestinationEncryptionAlgorithm: EncryptionAlgorithm,
        };
        const from = { SourceKeyId: key.id, SourceEncryptionAlgorithm: EncryptionAlgorithm };
        const { CiphertextBlob: first } = await kms.encrypt({ KeyId: symmetric.id, Plaintext });
        const to = await answer(kms.reEncrypt({ CiphertextBlob: first, ...pair }));
        const { CiphertextBlob: second, ...toRest } = to;
        assert.deepEqual(toRest, {
          SourceKeyId: symmetric.arn,
          KeyId: key.arn,
          SourceEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
          DestinationEncryptionAlgorithm: EncryptionAlgorithm,
          SourceKeyMaterialId: symmetric.material,
        });
        const across = await answer(kms.reEncrypt({ CiphertextBlob: second, ...from, ...pair }));
        const { CiphertextBlob: third, ...acrossRest } = across;
        assert.deepEqual(acrossRest, {
          SourceKeyId: key.arn,
          KeyId: key.arn,
          SourceEncryptionAlgorithm: EncryptionAlgorithm,
          DestinationEncryptionAlgorithm: EncryptionAlgorithm,
        });
        const back = await kms.reEncrypt({
          CiphertextBlob: third,
          ...from,
          DestinationKeyId: symmetric.id,
        });
        assert.equal(back.SourceKeyMaterialId, undefined);
        assert.equal(back.DestinationKeyMaterialId, symmetric.material);
        await proveRecord(server, "ReEncrypt", {
          request: {
            sourceKeyId: key.id,
            sourceEncryptionAlgorithm: EncryptionAlgorithm,
            destinationKeyId: symmetric.id,
            destinationEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
          },
          evidence: { destinationKeyMaterialId: symmetric.material },
          resources: [key.arn, symmetric.arn],
          readOnly: true,
        });
        const opened = await kms.decrypt({ CiphertextBlob: back.CiphertextBlob });
        assert.deepEqual(opened.Plaintext, Uint8Array.from(Plaintext));
      });
    });

  test("an algorithm of other keys is incompatible", async () => {
    const { id } = present(keys.get("RSA_2048"));
    const text = "Algorithm SM2PKE is incompatible with key spec RSA_2048.";
    const request = { KeyId: id, EncryptionAlgorithm: "SM2PKE" } as const;
    await refused(kms.encrypt({ ...request, Plaintext }), "InvalidKeyUsageException", text);
    const blob = { CiphertextBlob: Buffer.alloc(256) };
    await refused(kms.decrypt({ ...request, ...blob }), "InvalidKeyUsageException", text);
  });

  test("a blob of another key is that of an incorrect key, whatever the named key is for", async () => {
    const text =
      "The key ID in the request does not identify a CMK that can perform this operation.";
    const { CiphertextBlob } = await kms.encrypt({ KeyId: symmetric.id, Plaintext });
    for (const kind of [kinds.mac, kinds.signing, kinds.agreement, kinds.encryption]) {
      const { id, arn } = await createKey(kms, kind);
      await refused(kms.decrypt({ CiphertextBlob, KeyId: id }), "IncorrectKeyException", text);
      await refused(
        kms.reEncrypt({ CiphertextBlob, SourceKeyId: id, DestinationKeyId: symmetric.id }),
        "IncorrectKeyException",
        text,
      );
      if (kind === kinds.encryption) continue;
      const unfit = (operation: string): string =>
        `${arn} key usage is ${kind.KeyUsage} which is not valid for ${operation}.`;
      const foreign = { CiphertextBlob: Buffer.alloc(256, 1) };
      await refused(
        kms.decrypt({ ...foreign, KeyId: id }),
        "InvalidKeyUsageException",
        unfit("Decrypt"),
      );
      await refused(
        kms.decrypt({ KeyId: id, DryRun: true, DryRunModifiers: ["IGNORE_CIPHERTEXT"] }),
        "InvalidKeyUsageException",
        unfit("Decrypt"),
      );
      await refused(
        kms.reEncrypt({ ...foreign, SourceKeyId: id, DestinationKeyId: symmetric.id }),
        "InvalidKeyUsageException",
        unfit("ReEncrypt"),
      );
      await refused(
        kms.reEncrypt({ CiphertextBlob, DestinationKeyId: id }),
        "InvalidKeyUsageException",
        unfit("ReEncrypt"),
      );
    }
  });
});
