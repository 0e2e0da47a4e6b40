import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { KeySpec, KMS, MacAlgorithmSpec } from "@aws-sdk/client-kms";
import { present } from "./key-uses.ts";
import type { NewKey } from "./support.ts";
import { answer, connect, createKey, openServer, refused } from "./support.ts";

const Message = Buffer.from("a message that is authenticated");
const KeyUsage = "GENERATE_VERIFY_MAC" as const;
const bytes = { 224: 28, 256: 32, 384: 48, 512: 64 };

describe("GenerateMac and VerifyMac (facts 5.1, 5.2)", () => {
  let kms: KMS;
  let key: NewKey;
  before(async () => {
    kms = connect(await openServer());
    key = await createKey(kms, { KeySpec: "HMAC_256", KeyUsage });
  });

  for (const [bits, length] of Object.entries(bytes)) {
    const KeySpec = `HMAC_${bits}` as KeySpec;
    const MacAlgorithm = `HMAC_SHA_${bits}` as MacAlgorithmSpec;

    test(`${KeySpec} has ${MacAlgorithm} alone: ${length} bytes, the same for the same message`, async () => {
      const { id, arn } = await createKey(kms, { KeySpec, KeyUsage });
      const { KeyMetadata } = await kms.describeKey({ KeyId: id });
      assert.deepEqual(KeyMetadata?.MacAlgorithms, [MacAlgorithm]);
      assert.equal(KeyMetadata.CurrentKeyMaterialId, undefined);
      const request = { KeyId: id, MacAlgorithm, Message };
      const { Mac, ...rest } = await answer(kms.generateMac(request));
      assert.deepEqual(rest, { KeyId: arn, MacAlgorithm });
      assert.equal(Mac?.length, length);
      assert.deepEqual((await kms.generateMac(request)).Mac, Mac);
      const verified = await answer(kms.verifyMac({ ...request, Mac }));
      assert.deepEqual(verified, { KeyId: arn, MacValid: true, MacAlgorithm });
    });

    test(`${KeySpec} has no other algorithm`, async () => {
      const { id } = await createKey(kms, { KeySpec, KeyUsage });
      for (const other of Object.keys(bytes).filter((each) => each !== bits)) {
        const asked = { MacAlgorithm: `HMAC_SHA_${other}` as MacAlgorithmSpec };
        const text = `Algorithm ${asked.MacAlgorithm} is incompatible with key spec ${KeySpec}.`;
        const request = { KeyId: id, Message, ...asked };
        await refused(kms.generateMac(request), "InvalidKeyUsageException", text);
        await refused(
          kms.verifyMac({ ...request, Mac: Buffer.alloc(length) }),
          "InvalidKeyUsageException",
          text,
        );
      }
    });
  }

  const request = () => ({ KeyId: key.id, MacAlgorithm: "HMAC_SHA_256" as const, Message });

  test("a MAC of another key or message, changed, cut or lengthened is invalid", async () => {
    const other = await createKey(kms, { KeySpec: "HMAC_256", KeyUsage });
    const Mac = Buffer.from(present((await kms.generateMac(request())).Mac));
    const flipped = Buffer.from(Mac);
    flipped[31] = Number(flipped[31]) ^ 1;
    for (const changed of [
      { KeyId: other.id },
      { Message: Buffer.from("another message") },
      { Mac: flipped },
      { Mac: Mac.subarray(0, 31) },
      { Mac: Mac.subarray(0, 1) },
      { Mac: Buffer.concat([Mac, Buffer.of(0)]) },
      { Mac: Buffer.alloc(6144) },
    ])
      await refused(kms.verifyMac({ ...request(), Mac, ...changed }), "KMSInvalidMacException");
    await refused(
      kms.verifyMac({ ...request(), Mac: flipped, DryRun: true }),
      "KMSInvalidMacException",
    );
  });

  test("keys differ, so do their MACs", async () => {
    const other = await createKey(kms, { KeySpec: "HMAC_256", KeyUsage });
    const macs = await Promise.all(
      [key, other].map(({ id }) => kms.generateMac({ ...request(), KeyId: id })),
    );
    assert.notDeepEqual(macs[0]?.Mac, macs[1]?.Mac);
  });

  test("a message has 1 to 4,096 bytes, a MAC 1 to 6,144", async () => {
    await kms.generateMac({ ...request(), Message: Buffer.alloc(4096) });
    for (const length of [0, 4097])
      await refused(
        kms.generateMac({ ...request(), Message: Buffer.alloc(length) }),
        "ValidationException",
        /^1 validation error detected: Value at 'message' failed/,
      );
    for (const length of [0, 6145])
      await refused(
        kms.verifyMac({ ...request(), Mac: Buffer.alloc(length) }),
        "ValidationException",
        /^1 validation error detected: Value at 'mac' failed/,
      );
    await refused(
      kms.generateMac({ ...request(), MacAlgorithm: "HMAC_MD5" as MacAlgorithmSpec }),
      "ValidationException",
      /at 'macAlgorithm'/,
    );
  });
});
