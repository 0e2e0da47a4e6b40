import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { constants, createPublicKey, hash, verify as verifies } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { KeySpec, KMS, MessageType, SigningAlgorithmSpec } from "@aws-sdk/client-kms";
import { ed25519ph } from "@noble/curves/ed25519.js";
import { shake256 } from "@noble/hashes/sha3.js";
import { present } from "./key-uses.ts";
import type { NewKey } from "./support.ts";
import { answer, connect, createKey, openServer, refused } from "./support.ts";

const Message = Buffer.from("a message that is signed");

/** Whether a signature of a message holds, by somebody else's code and with nothing of ours but the public key. */
type Offline = (publicKey: Buffer, message: Uint8Array, signature: Uint8Array) => boolean;

const nodeKey = (der: Buffer) => createPublicKey({ key: der, format: "der", type: "spki" });
const pkcs1 =
  (of: string): Offline =>
  (key, message, signature) =>
    verifies(of, message, nodeKey(key), signature);
const pss =
  (of: string, saltLength: number): Offline =>
  (der, message, signature) => {
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    return verifies(of, message, { key: nodeKey(der), padding, saltLength }, signature);
  };
const ecdsa = pkcs1;
const plain: Offline = (der, message, signature) =>
  verifies(null, message, nodeKey(der), signature);
const ed25519Prehashed: Offline = (der, message, signature) =>
  ed25519ph.verify(signature, message, der.subarray(-32));
const sm2: Offline = (der, message, signature) => {
  const folder = mkdtempSync(join(tmpdir(), "keywright-sm2-"));
  const file = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const args = [
    ...["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin", "-digest", "sm3"],
    ...["-inkey", file("key", der), "-in", file("message", message)],
    ...["-sigfile", file("signature", signature), "-pkeyopt", "distid:1234567812345678"],
  ];
  try {
    return execFileSync("openssl", args, { encoding: "utf8", stdio: "pipe" }).includes("Success");
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** The digest that the algorithm takes in place of the message; mu of FIPS 204 for ML-DSA. */
type Represent = (message: Uint8Array, publicKey: Buffer) => Uint8Array;
const digest =
  (of: string): Represent =>
  (message) =>
    hash(of, message, "buffer");
const mlDsaKeyLengths: Readonly<Record<string, number>> = {
  ML_DSA_44: 1312,
  ML_DSA_65: 1952,
  ML_DSA_87: 2592,
};
const mu =
  (spec: string): Represent =>
  (message, publicKey) => {
    const rawKey = publicKey.subarray(-(mlDsaKeyLengths[spec] ?? 0));
    const tr = shake256(rawKey, { dkLen: 64 });
    return shake256(Buffer.concat([tr, Buffer.of(0, 0), message]), { dkLen: 64 });
  };

interface Case {
  readonly algorithm: SigningAlgorithmSpec;
  readonly offline: Offline;
  readonly types: Readonly<Partial<Record<MessageType, Represent>>>;
}
const asIs: Represent = (message) => message;
const hashed = (algorithm: SigningAlgorithmSpec, of: string, offline: Offline): Case => ({
  algorithm,
  offline,
  types: { RAW: asIs, DIGEST: digest(of) },
});
const rsa = [256, 384, 512].flatMap((bits) => [
  hashed(
    `RSASSA_PKCS1_V1_5_SHA_${bits}` as SigningAlgorithmSpec,
    `sha${bits}`,
    pkcs1(`sha${bits}`),
  ),
  hashed(
    `RSASSA_PSS_SHA_${bits}` as SigningAlgorithmSpec,
    `sha${bits}`,
    pss(`sha${bits}`, bits / 8),
  ),
]);
const mlDsa = (spec: string): readonly Case[] => [
  { algorithm: "ML_DSA_SHAKE_256", offline: plain, types: { RAW: asIs, EXTERNAL_MU: mu(spec) } },
];
const table: Readonly<Partial<Record<KeySpec, readonly Case[]>>> = {
  RSA_2048: rsa,
  RSA_3072: rsa,
  RSA_4096: rsa,
  ECC_NIST_P256: [hashed("ECDSA_SHA_256", "sha256", ecdsa("sha256"))],
  ECC_NIST_P384: [hashed("ECDSA_SHA_384", "sha384", ecdsa("sha384"))],
  ECC_NIST_P521: [hashed("ECDSA_SHA_512", "sha512", ecdsa("sha512"))],
  ECC_SECG_P256K1: [hashed("ECDSA_SHA_256", "sha256", ecdsa("sha256"))],
  ECC_NIST_EDWARDS25519: [
    { algorithm: "ED25519_SHA_512", offline: plain, types: { RAW: asIs } },
    { algorithm: "ED25519_PH_SHA_512", offline: ed25519Prehashed, types: { DIGEST: asIs } },
  ],
  SM2: [{ algorithm: "SM2DSA", offline: sm2, types: { RAW: asIs } }],
  ML_DSA_44: mlDsa("ML_DSA_44"),
  ML_DSA_65: mlDsa("ML_DSA_65"),
  ML_DSA_87: mlDsa("ML_DSA_87"),
};
const allTypes: readonly MessageType[] = ["RAW", "DIGEST", "EXTERNAL_MU"];

describe("Sign and Verify: every key spec, algorithm and message type (facts 5.1, 5.2)", () => {
  let kms: KMS;
  before(async () => {
    kms = connect(await openServer());
  });

  for (const [KeySpec, cases] of Object.entries(table) as [KeySpec, readonly Case[]][])
    describe(KeySpec, () => {
      let key: NewKey;
      let publicKey: Buffer;
      before(async () => {
        key = await createKey(kms, { KeySpec, KeyUsage: "SIGN_VERIFY" });
        publicKey = Buffer.from(present((await kms.getPublicKey({ KeyId: key.id })).PublicKey));
      });

      test("has exactly these algorithms", async () => {
        const { KeyMetadata } = await kms.describeKey({ KeyId: key.id });
        const listed = KeyMetadata?.SigningAlgorithms?.toSorted();
        assert.deepEqual(listed, cases.map(({ algorithm }) => algorithm).toSorted());
      });

      for (const { algorithm: SigningAlgorithm, offline, types } of cases) {
        const forms = Object.entries(types) as [MessageType, Represent][];
        for (const [MessageType, represent] of forms)
          test(`${SigningAlgorithm} over ${MessageType} is signed, and verified here and offline`, async () => {
            const { Signature, ...rest } = await answer(
              kms.sign({
                KeyId: key.id,
                Message: represent(Message, publicKey),
                MessageType,
                SigningAlgorithm,
              }),
            );
            assert.deepEqual(rest, { KeyId: key.arn, SigningAlgorithm });
            const signature = present(Signature);
            assert.ok(offline(publicKey, Message, signature));
            assert.ok(!offline(publicKey, Buffer.from("another message"), signature));
            for (const [type, form] of forms)
              assert.deepEqual(
                await answer(
                  kms.verify({
                    KeyId: key.id,
                    Message: form(Message, publicKey),
                    MessageType: type,
                    Signature,
                    SigningAlgorithm,
                  }),
                ),
                { KeyId: key.arn, SignatureValid: true, SigningAlgorithm },
              );
          });

        // SM2DSA takes a digest made with an identity of the signer's: who makes it offline is tested with the primitive.
        const refusedTypes = allTypes.filter(
          (type) => types[type] === undefined && !(KeySpec === "SM2" && type === "DIGEST"),
        );
        test(`${SigningAlgorithm} takes no ${refusedTypes.join(" or ")}`, async () => {
          const Signature = Buffer.of(1);
          for (const MessageType of refusedTypes) {
            const request = { KeyId: key.id, Message, MessageType, SigningAlgorithm };
            const text = `MessageType ${MessageType} is not valid for algorithm ${SigningAlgorithm}.`;
            await refused(kms.sign(request), "ValidationException", text);
            await refused(kms.verify({ ...request, Signature }), "ValidationException", text);
          }
        });
      }

      test("a signature of something else, changed, cut or lengthened is invalid", async () => {
        for (const { algorithm: SigningAlgorithm, types } of cases) {
          const MessageType: MessageType = types.RAW === undefined ? "DIGEST" : "RAW";
          const request = { KeyId: key.id, MessageType, SigningAlgorithm };
          const { Signature } = await kms.sign({ ...request, Message });
          const good = Buffer.from(present(Signature));
          const flipped = Buffer.from(good);
          flipped[good.length - 1] = Number(good.at(-1)) ^ 1;
          for (const changed of [
            { Signature: flipped },
            { Signature: good.subarray(0, -1) },
            { Signature: Buffer.concat([good, Buffer.of(0)]) },
            { Signature: Buffer.of(0) },
            { Signature: Buffer.alloc(6144, 1) },
            { Signature, Message: Buffer.from("another message") },
          ])
            await refused(
              kms.verify({ ...request, Message, ...changed }),
              "KMSInvalidSignatureException",
            );
          await kms.verify({ ...request, Message, Signature: good });
        }
      });
    });
});
