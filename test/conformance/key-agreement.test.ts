import * as assert from "node:assert/strict";
import { createPublicKey, diffieHellman, generateKeyPairSync } from "node:crypto";
import { before, describe, test } from "node:test";
import type { KeySpec, KMS } from "@aws-sdk/client-kms";
import { present } from "./key-uses.ts";
import { answer, connect, createKey, openServer, refused } from "./support.ts";

const KeyUsage = "KEY_AGREEMENT" as const;
const KeyAgreementAlgorithm = "ECDH" as const;

/** The curves on which somebody else's code can agree, too. */
const curves = { ECC_NIST_P256: "P-256", ECC_NIST_P384: "P-384", ECC_NIST_P521: "P-521" };
const lengths = { ECC_NIST_P256: 32, ECC_NIST_P384: 48, ECC_NIST_P521: 66, SM2: 32 };
const peerOn = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve });
const derOf = (key: { export(options: { type: "spki"; format: "der" }): Buffer }): Buffer =>
  key.export({ type: "spki", format: "der" });

describe("DeriveSharedSecret (facts 5.3)", () => {
  let kms: KMS;
  before(async () => {
    kms = connect(await openServer());
  });
  const derive = (KeyId: string, PublicKey: Uint8Array) =>
    kms.deriveSharedSecret({ KeyId, PublicKey, KeyAgreementAlgorithm });
  const publicKeyOf = async (KeyId: string): Promise<Buffer> =>
    Buffer.from(present((await kms.getPublicKey({ KeyId })).PublicKey));

  for (const [KeySpec, namedCurve] of Object.entries(curves) as [keyof typeof curves, string][])
    test(`${KeySpec}: the raw coordinate on which the peer agrees offline`, async () => {
      const { id, arn } = await createKey(kms, { KeySpec, KeyUsage });
      const ours = createPublicKey({ key: await publicKeyOf(id), format: "der", type: "spki" });
      for (let round = 0; round < 20; round++) {
        const { privateKey, publicKey } = peerOn(namedCurve);
        const { SharedSecret, ...rest } = await answer(derive(id, derOf(publicKey)));
        assert.deepEqual(rest, { KeyId: arn, KeyAgreementAlgorithm, KeyOrigin: "AWS_KMS" });
        assert.equal(SharedSecret?.length, lengths[KeySpec]);
        assert.deepEqual(Buffer.from(SharedSecret), diffieHellman({ privateKey, publicKey: ours }));
      }
    });

  for (const [KeySpec, length] of Object.entries(lengths) as [KeySpec, number][])
    test(`${KeySpec}: two keys of the service agree`, async () => {
      const keys = [
        await createKey(kms, { KeySpec, KeyUsage }),
        await createKey(kms, { KeySpec, KeyUsage }),
      ] as const;
      const [one, two] = keys.map(({ id }) => publicKeyOf(id));
      const here = await derive(keys[0].id, present(await two));
      const there = await derive(keys[1].id, present(await one));
      assert.deepEqual(here.SharedSecret, there.SharedSecret);
      assert.equal(here.SharedSecret?.length, length);
    });

  test("what is no public key on the same curve is refused without a text", async () => {
    const { id } = await createKey(kms, { KeySpec: "ECC_NIST_P256", KeyUsage });
    const good = derOf(peerOn("P-256").publicKey);
    const offCurve = Buffer.from(good);
    offCurve[good.length - 1] = Number(good.at(-1)) ^ 1;
    const compressed = Buffer.concat([
      Buffer.from("3039301306072a8648ce3d020106082a8648ce3d030107032200", "hex"),
      Buffer.of(2 + (Number(good.at(-1)) & 1)),
      good.subarray(27, 59),
    ]);
    await derive(id, good);
    for (const PublicKey of [
      Buffer.of(1),
      Buffer.from("garbage"),
      offCurve,
      compressed,
      good.subarray(0, -1),
      Buffer.concat([good, Buffer.of(0)]),
      Buffer.concat([good.subarray(0, -64), Buffer.alloc(64)]),
      good.subarray(-65),
      derOf(peerOn("P-384").publicKey),
      derOf(peerOn("secp256k1").publicKey),
      derOf(generateKeyPairSync("x25519").publicKey),
      derOf(generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey),
      Buffer.from(present((await kms.getPublicKey({ KeyId: id })).PublicKey)).fill(0, 26),
    ])
      await refused(derive(id, PublicKey), "ValidationException");
  });

  test("a public key has 1 to 8,192 bytes; ECDH is the one algorithm", async () => {
    const { id } = await createKey(kms, { KeySpec: "ECC_NIST_P256", KeyUsage });
    for (const length of [0, 8193])
      await refused(
        derive(id, Buffer.alloc(length)),
        "ValidationException",
        /^1 validation error detected: Value at 'publicKey' failed/,
      );
    const PublicKey = derOf(peerOn("P-256").publicKey);
    await refused(
      kms.deriveSharedSecret({ KeyId: id, PublicKey, KeyAgreementAlgorithm: "X25519" as "ECDH" }),
      "ValidationException",
      /at 'keyAgreementAlgorithm'/,
    );
  });

  test("the usage of the key counts before the public key, and that before a dry run", async () => {
    const signer = await createKey(kms, { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
    await refused(
      derive(signer.id, Buffer.of(1)),
      "InvalidKeyUsageException",
      `${signer.arn} key usage is SIGN_VERIFY which is not valid for DeriveSharedSecret.`,
    );
    const { id } = await createKey(kms, { KeySpec: "ECC_NIST_P256", KeyUsage });
    const request = { KeyId: id, KeyAgreementAlgorithm, DryRun: true };
    await refused(
      kms.deriveSharedSecret({ ...request, PublicKey: Buffer.of(1) }),
      "ValidationException",
    );
  });

  test("secp256k1 keys do not agree", async () => {
    await refused(
      createKey(kms, { KeySpec: "ECC_SECG_P256K1", KeyUsage }),
      "ValidationException",
      "KeyUsage KEY_AGREEMENT is not compatible with KeySpec ECC_SECG_P256K1",
    );
  });
});
