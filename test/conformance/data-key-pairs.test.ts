import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { before, describe, test } from "node:test";
import type { DataKeyPairSpec, KMS } from "@aws-sdk/client-kms";
import { kinds } from "./key-uses.ts";
import type { NewKey } from "./support.ts";
import { answer, connect, createKey, openServer, refused } from "./support.ts";

/** What somebody else's code reads in a public key of each spec; SM2 is unknown to node:crypto. */
const specs: Readonly<Record<DataKeyPairSpec, object | undefined>> = {
  RSA_2048: { type: "rsa", modulusLength: 2048, publicExponent: 65537n },
  RSA_3072: { type: "rsa", modulusLength: 3072, publicExponent: 65537n },
  RSA_4096: { type: "rsa", modulusLength: 4096, publicExponent: 65537n },
  ECC_NIST_P256: { type: "ec", namedCurve: "prime256v1" },
  ECC_NIST_P384: { type: "ec", namedCurve: "secp384r1" },
  ECC_NIST_P521: { type: "ec", namedCurve: "secp521r1" },
  ECC_SECG_P256K1: { type: "ec", namedCurve: "secp256k1" },
  ECC_NIST_EDWARDS25519: { type: "ed25519" },
  SM2: undefined,
  ML_KEM_512: { type: "ml-kem-512" },
  ML_KEM_768: { type: "ml-kem-768" },
  ML_KEM_1024: { type: "ml-kem-1024" },
};
const EncryptionContext = { app: "1" };

describe("data key pairs (facts 5.5)", () => {
  let kms: KMS;
  let key: NewKey;
  before(async () => {
    kms = connect(await openServer());
    key = await createKey(kms);
  });

  for (const [KeyPairSpec, expected] of Object.entries(specs) as [
    DataKeyPairSpec,
    object | undefined,
  ][])
    test(`${KeyPairSpec}: the private key in PKCS#8, twice, and its public key`, async () => {
      const request = { KeyId: key.id, KeyPairSpec, EncryptionContext };
      const made = await answer(kms.generateDataKeyPair(request));
      const { PrivateKeyCiphertextBlob, PrivateKeyPlaintext, PublicKey, ...rest } = made;
      assert.deepEqual(rest, { KeyId: key.arn, KeyPairSpec, KeyMaterialId: key.material });
      assert.ok(PrivateKeyPlaintext && PublicKey);
      const opened = await kms.decrypt({
        CiphertextBlob: PrivateKeyCiphertextBlob,
        EncryptionContext,
      });
      assert.deepEqual(opened.Plaintext, PrivateKeyPlaintext);
      await refused(
        kms.decrypt({ CiphertextBlob: PrivateKeyCiphertextBlob }),
        "InvalidCiphertextException",
      );
      if (expected === undefined) proveSm2Pair(PrivateKeyPlaintext, PublicKey);
      else provePair(PrivateKeyPlaintext, PublicKey, expected);
      assert.notDeepEqual((await kms.generateDataKeyPair(request)).PublicKey, PublicKey);
    });

  test("GenerateDataKeyPairWithoutPlaintext answers the private key only encrypted", async () => {
    const made = await answer(
      kms.generateDataKeyPairWithoutPlaintext({ KeyId: key.id, KeyPairSpec: "ECC_NIST_P384" }),
    );
    const { PrivateKeyCiphertextBlob, PublicKey, ...rest } = made;
    assert.deepEqual(rest, {
      KeyId: key.arn,
      KeyPairSpec: "ECC_NIST_P384",
      KeyMaterialId: key.material,
    });
    const { Plaintext } = await kms.decrypt({ CiphertextBlob: PrivateKeyCiphertextBlob });
    assert.ok(Plaintext && PublicKey);
    provePair(Plaintext, PublicKey, present("ECC_NIST_P384"));
  });

  test("pairs of many calls at once all differ, and belong together", async () => {
    const pairs = await Promise.all(
      Array.from({ length: 40 }, () =>
        kms.generateDataKeyPair({ KeyId: key.id, KeyPairSpec: "ECC_NIST_P256" }),
      ),
    );
    for (const { PrivateKeyPlaintext, PublicKey } of pairs) {
      assert.ok(PrivateKeyPlaintext && PublicKey);
      provePair(PrivateKeyPlaintext, PublicKey, present("ECC_NIST_P256"));
    }
    const different = new Set(
      pairs.map(({ PublicKey = [] }) => Buffer.from(PublicKey).toString("hex")),
    );
    assert.equal(different.size, 40);
  });

  const both = async (input: object, code: string, text: string | RegExp): Promise<void> => {
    const request = { KeyId: key.id, KeyPairSpec: "ECC_NIST_P256" as const, ...input };
    await refused(kms.generateDataKeyPair(request), code, text);
    await refused(kms.generateDataKeyPairWithoutPlaintext(request), code, text);
  };

  test("other key specs are none of pairs", async () => {
    for (const KeyPairSpec of ["ML_DSA_44", "HMAC_256", "SYMMETRIC_DEFAULT"])
      await both({ KeyPairSpec }, "ValidationException", /at 'keyPairSpec' .* enum value set/);
  });

  test("the KMS key must be a symmetric encryption key", async () => {
    for (const kind of [kinds.mac, kinds.signing, kinds.agreement, kinds.encapsulation]) {
      const { arn } = await createKey(kms, kind);
      await both(
        { KeyId: arn },
        "InvalidKeyUsageException",
        new RegExp(
          `^${arn} key usage is ${kind.KeyUsage} which is not valid for GenerateDataKeyPair(WithoutPlaintext)?\\.$`,
        ),
      );
    }
    const pair = await createKey(kms, kinds.encryption);
    await both(
      { KeyId: pair.id },
      "InvalidKeyUsageException",
      "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.",
    );
  });

  test("a context that is too long is refused", async () => {
    const long = { a: "x".repeat(8192) };
    await both({ EncryptionContext: long }, "ValidationException", /encryptionContext/);
  });
});

const present = (spec: DataKeyPairSpec): object => {
  const found = specs[spec];
  assert.ok(found);
  return found;
};

/** Proves, by somebody else's code, that two keys are a pair of this kind. */
function provePair(privateDer: Uint8Array, publicDer: Uint8Array, expected: object): void {
  const privateKey = createPrivateKey({
    key: Buffer.from(privateDer),
    format: "der",
    type: "pkcs8",
  });
  const publicKey = createPublicKey({ key: Buffer.from(publicDer), format: "der", type: "spki" });
  const details = { type: publicKey.asymmetricKeyType, ...publicKey.asymmetricKeyDetails };
  assert.deepEqual(details, expected);
  assert.ok(createPublicKey(privateKey).equals(publicKey));
  // DER in full: nothing before, nothing after.
  const written = publicKey.export({ type: "spki", format: "der" });
  assert.deepEqual(written, Buffer.from(publicDer));
}

function proveSm2Pair(privateDer: Uint8Array, publicDer: Uint8Array): void {
  const derive = ["pkey", "-inform", "DER", "-pubout", "-outform", "DER"];
  const written = execFileSync("openssl", derive, { input: privateDer });
  assert.deepEqual(written, Buffer.from(publicDer));
  const show = ["pkey", "-pubin", "-inform", "DER", "-noout", "-text"];
  assert.match(execFileSync("openssl", show, { input: publicDer, encoding: "utf8" }), /OID: SM2/);
}
