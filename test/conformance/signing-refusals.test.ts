import { before, describe, test } from "node:test";
import type { KMS, MessageType, SignCommandInput, SigningAlgorithmSpec } from "@aws-sdk/client-kms";
import type { NewKey } from "./support.ts";
import { connect, createKey, openServer, refused } from "./support.ts";

const Message = Buffer.from("a message that is signed");

describe("what Sign and Verify refuse (facts 1.5, 2.3)", () => {
  let kms: KMS;
  let rsaKey: NewKey;
  let ecKey: NewKey;
  let mlDsaKey: NewKey;
  before(async () => {
    kms = connect(await openServer());
    rsaKey = await createKey(kms, { KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" });
    ecKey = await createKey(kms, { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
    mlDsaKey = await createKey(kms, { KeySpec: "ML_DSA_44", KeyUsage: "SIGN_VERIFY" });
  });
  const both = async (
    request: SignCommandInput,
    code: string,
    text: string | RegExp,
  ): Promise<void> => {
    await refused(kms.sign(request), code, text);
    await refused(kms.verify({ ...request, Signature: Buffer.of(1) }), code, text);
  };

  test("a digest has exactly its algorithm's length, a mu has 64 bytes", async () => {
    const lengths = { 256: 32, 384: 48, 512: 64 };
    for (const [bits, right] of Object.entries(lengths))
      for (const scheme of ["PKCS1_V1_5", "PSS"])
        for (const length of [1, right - 1, right + 1, 4096]) {
          const SigningAlgorithm = `RSASSA_${scheme}_SHA_${bits}` as SigningAlgorithmSpec;
          await both(
            {
              KeyId: rsaKey.id,
              Message: Buffer.alloc(length),
              MessageType: "DIGEST",
              SigningAlgorithm,
            },
            "ValidationException",
            `Digest is invalid length for algorithm ${SigningAlgorithm}.`,
          );
        }
    const mlDsaRequest = {
      KeyId: mlDsaKey.id,
      MessageType: "EXTERNAL_MU",
      SigningAlgorithm: "ML_DSA_SHAKE_256",
    } as const;
    for (const length of [32, 63, 65])
      await both(
        { ...mlDsaRequest, Message: Buffer.alloc(length) },
        "ValidationException",
        "Digest is invalid length for algorithm ML_DSA_SHAKE_256.",
      );
  });

  test("a message has 1 to 4,096 bytes, a signature 1 to 6,144; the refusals show neither", async () => {
    const request = { KeyId: ecKey.id, SigningAlgorithm: "ECDSA_SHA_256" } as const;
    const { Signature } = await kms.sign({ ...request, Message: Buffer.alloc(4096) });
    await kms.verify({ ...request, Message: Buffer.alloc(4096), Signature });
    const rule = (member: string, what: string): string =>
      `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must have length ${what}`;
    for (const [length, what] of [
      [0, "greater than or equal to 1"],
      [4097, "less than or equal to 4096"],
    ] as const)
      await both(
        { ...request, Message: Buffer.alloc(length) },
        "ValidationException",
        rule("message", what),
      );
    for (const [length, what] of [
      [0, "greater than or equal to 1"],
      [6145, "less than or equal to 6144"],
    ] as const)
      await refused(
        kms.verify({ ...request, Message, Signature: Buffer.alloc(length) }),
        "ValidationException",
        rule("signature", what),
      );
  });

  test("an algorithm of other keys is incompatible; one that does not exist breaks a constraint", async () => {
    const request = { KeyId: ecKey.id, Message };
    for (const SigningAlgorithm of ["ECDSA_SHA_384", "RSASSA_PSS_SHA_256", "SM2DSA"] as const)
      await both(
        { ...request, SigningAlgorithm },
        "InvalidKeyUsageException",
        `Algorithm ${SigningAlgorithm} is incompatible with key spec ECC_NIST_P256.`,
      );
    await both(
      { ...request, SigningAlgorithm: "ECDSA_SHA_1" as SigningAlgorithmSpec },
      "ValidationException",
      /^1 validation error detected: Value 'ECDSA_SHA_1' at 'signingAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: /,
    );
    await both(
      { ...request, SigningAlgorithm: "ECDSA_SHA_256", MessageType: "HEX" as MessageType },
      "ValidationException",
      /at 'messageType'/,
    );
  });

  test("the algorithm counts before the message, and both before a dry run", async () => {
    const dry = { KeyId: ecKey.id, Message, MessageType: "DIGEST", DryRun: true } as const;
    await both({ ...dry, SigningAlgorithm: "SM2DSA" }, "InvalidKeyUsageException", /SM2DSA/);
    await both({ ...dry, SigningAlgorithm: "ECDSA_SHA_256" }, "ValidationException", /Digest/);
    await refused(
      kms.verify({
        ...{ ...dry, MessageType: "RAW", SigningAlgorithm: "ECDSA_SHA_256" },
        Signature: Buffer.of(1),
      }),
      "KMSInvalidSignatureException",
    );
  });

  test("a signature of another key or another algorithm of the same key is invalid", async () => {
    const other = await createKey(kms, { KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" });
    const request = { KeyId: rsaKey.id, Message, SigningAlgorithm: "RSASSA_PSS_SHA_256" } as const;
    const { Signature } = await kms.sign(request);
    for (const changed of [
      { KeyId: other.id },
      { SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256" },
      { SigningAlgorithm: "RSASSA_PSS_SHA_512" },
    ] as const)
      await refused(
        kms.verify({ ...request, Signature, ...changed }),
        "KMSInvalidSignatureException",
      );
  });
});
