import * as assert from "node:assert/strict";
import { createPublicKey, encapsulate } from "node:crypto";
import { before, describe, test } from "node:test";
import type { KeySpec, KMS } from "@aws-sdk/client-kms";
import { present } from "./key-uses.ts";
import type { NewKey } from "./support.ts";
import { answer, connect, createKey, openServer, refused } from "./support.ts";

const KeyUsage = "ENCAPSULATE_DECAPSULATE" as const;
const EncapsulationAlgorithm = "ML_KEM" as const;
const lengths = { ML_KEM_512: 768, ML_KEM_768: 1088, ML_KEM_1024: 1568 };

describe("Encapsulate and Decapsulate (facts 5.4)", () => {
  let kms: KMS;
  before(async () => {
    kms = connect(await openServer());
  });
  const decapsulate = (KeyId: string, SharedSecretCiphertextBlob: Uint8Array) =>
    kms.decapsulate({ KeyId, SharedSecretCiphertextBlob, EncapsulationAlgorithm });

  for (const [KeySpec, length] of Object.entries(lengths) as [KeySpec, number][])
    describe(KeySpec, () => {
      let key: NewKey;
      before(async () => {
        key = await createKey(kms, { KeySpec, KeyUsage });
      });

      test("a secret of 32 bytes and its ciphertext, others every time", async () => {
        const request = { KeyId: key.id, EncapsulationAlgorithm };
        const made = await answer(kms.encapsulate(request));
        const { SharedSecret, SharedSecretCiphertextBlob: blob, ...rest } = made;
        assert.deepEqual(rest, { KeyId: key.arn, EncapsulationAlgorithm });
        assert.equal(SharedSecret?.length, 32);
        assert.equal(blob?.length, length);
        assert.deepEqual(await answer(decapsulate(key.id, present(blob))), {
          KeyId: key.arn,
          SharedSecret,
          EncapsulationAlgorithm,
        });
        assert.notDeepEqual((await kms.encapsulate(request)).SharedSecret, SharedSecret);
      });

      test("what was encapsulated offline is decapsulated", async () => {
        const { PublicKey } = await kms.getPublicKey({ KeyId: key.id });
        const der = Buffer.from(present(PublicKey));
        const publicKey = createPublicKey({ key: der, format: "der", type: "spki" });
        const { sharedKey, ciphertext } = encapsulate(publicKey);
        const { SharedSecret } = await decapsulate(key.id, ciphertext);
        assert.deepEqual(Buffer.from(present(SharedSecret)), sharedKey);
      });

      test("a changed ciphertext of the right length yields another secret, always the same", async () => {
        const made = await kms.encapsulate({ KeyId: key.id, EncapsulationAlgorithm });
        const changed = Buffer.from(present(made.SharedSecretCiphertextBlob));
        changed[0] = Number(changed[0]) ^ 1;
        const first = await decapsulate(key.id, changed);
        assert.equal(first.SharedSecret?.length, 32);
        assert.notDeepEqual(first.SharedSecret, made.SharedSecret);
        assert.deepEqual((await decapsulate(key.id, changed)).SharedSecret, first.SharedSecret);
        const other = await createKey(kms, { KeySpec, KeyUsage });
        assert.notDeepEqual(
          (await decapsulate(other.id, changed)).SharedSecret,
          first.SharedSecret,
        );
      });

      test("a ciphertext of another length is invalid", async () => {
        const others = [1, length - 1, length + 1, 6144, ...Object.values(lengths)];
        for (const wrong of others.filter((each) => each !== length))
          await refused(decapsulate(key.id, Buffer.alloc(wrong, 1)), "InvalidCiphertextException");
      });
    });

  test("a ciphertext has 1 to 6,144 bytes; ML_KEM is the one algorithm", async () => {
    const { id } = await createKey(kms, { KeySpec: "ML_KEM_512", KeyUsage });
    for (const length of [0, 6145])
      await refused(
        decapsulate(id, Buffer.alloc(length)),
        "ValidationException",
        /^1 validation error detected: Value at 'sharedSecretCiphertextBlob' failed/,
      );
    await refused(
      kms.encapsulate({ KeyId: id, EncapsulationAlgorithm: "KYBER" as "ML_KEM" }),
      "ValidationException",
      /at 'encapsulationAlgorithm'/,
    );
  });
});
