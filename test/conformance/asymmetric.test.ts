import * as assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { before, describe, test } from "node:test";
import type { CreateKeyCommandInput, GrantOperation, KeySpec, KMS } from "@aws-sdk/client-kms";
import type { TestServer } from "../support/keywright.ts";
import type { Ready } from "./key-uses.ts";
import { kinds, present, uses } from "./key-uses.ts";
import type { NewKey } from "./support.ts";
import {
  aliasArn,
  answer,
  connect,
  createKey,
  decides,
  keyPolicy,
  openServer,
  refused,
  userArn,
} from "./support.ts";

const nobody = userArn("nobody");
type Kind = keyof typeof kinds;
const kindNames = Object.keys(kinds) as readonly Kind[];

/** Every kind of key pair, with the member of its algorithms and what somebody else's code reads in the public key. */
const pairs: readonly (readonly [KeySpec, string, string, string, object | undefined])[] = [
  ...(["2048", "3072", "4096"] as const).flatMap((bits) => {
    const details = { type: "rsa", modulusLength: Number(bits), publicExponent: 65537n };
    return [
      [`RSA_${bits}`, "ENCRYPT_DECRYPT", "EncryptionAlgorithms", "RSAES_OAEP_SHA_1", details],
      [`RSA_${bits}`, "SIGN_VERIFY", "SigningAlgorithms", "RSASSA_PKCS1_V1_5_SHA_256", details],
    ] as const;
  }),
  ...(
    [
      ["ECC_NIST_P256", "ECDSA_SHA_256", "prime256v1"],
      ["ECC_NIST_P384", "ECDSA_SHA_384", "secp384r1"],
      ["ECC_NIST_P521", "ECDSA_SHA_512", "secp521r1"],
    ] as const
  ).flatMap(
    ([spec, algorithm, namedCurve]) =>
      [
        [spec, "SIGN_VERIFY", "SigningAlgorithms", algorithm, { type: "ec", namedCurve }],
        [spec, "KEY_AGREEMENT", "KeyAgreementAlgorithms", "ECDH", { type: "ec", namedCurve }],
      ] as const,
  ),
  [
    "ECC_SECG_P256K1",
    "SIGN_VERIFY",
    "SigningAlgorithms",
    "ECDSA_SHA_256",
    { type: "ec", namedCurve: "secp256k1" },
  ],
  [
    "ECC_NIST_EDWARDS25519",
    "SIGN_VERIFY",
    "SigningAlgorithms",
    "ED25519_SHA_512",
    { type: "ed25519" },
  ],
  ["SM2", "ENCRYPT_DECRYPT", "EncryptionAlgorithms", "SM2PKE", undefined],
  ["SM2", "SIGN_VERIFY", "SigningAlgorithms", "SM2DSA", undefined],
  ["SM2", "KEY_AGREEMENT", "KeyAgreementAlgorithms", "ECDH", undefined],
  ...(["44", "65", "87"] as const).map(
    (set) =>
      [
        `ML_DSA_${set}`,
        "SIGN_VERIFY",
        "SigningAlgorithms",
        "ML_DSA_SHAKE_256",
        { type: `ml-dsa-${set}` },
      ] as const,
  ),
  ...(["512", "768", "1024"] as const).map(
    (set) =>
      [
        `ML_KEM_${set}`,
        "ENCAPSULATE_DECAPSULATE",
        "EncapsulationAlgorithms",
        "ML_KEM",
        { type: `ml-kem-${set}` },
      ] as const,
  ),
];

describe("GetPublicKey (facts 5.2)", () => {
  let kms: KMS;
  before(async () => {
    kms = connect(await openServer());
  });

  for (const [spec, usage, member, algorithm, details] of pairs)
    test(`${spec} for ${usage}: the public key in DER, always the same, and its algorithms`, async () => {
      const input = { KeySpec: spec, KeyUsage: usage } as CreateKeyCommandInput;
      const { id, arn } = await createKey(kms, input);
      const found = await answer(kms.getPublicKey({ KeyId: id }));
      const { PublicKey, ...rest } = found;
      const { KeyMetadata } = await kms.describeKey({ KeyId: id });
      const algorithms: unknown = Object.entries({ ...KeyMetadata }).find(
        ([name]) => name === member,
      )?.[1];
      assert.ok(Array.isArray(algorithms));
      assert.equal(algorithms[0], algorithm);
      assert.deepEqual(rest, {
        KeyId: arn,
        CustomerMasterKeySpec: spec,
        KeySpec: spec,
        KeyUsage: usage,
        [member]: algorithms,
      });
      assert.equal(KeyMetadata?.CurrentKeyMaterialId, undefined);
      assert.deepEqual((await kms.getPublicKey({ KeyId: id })).PublicKey, PublicKey);
      if (details === undefined) return;
      const der = Buffer.from(present(PublicKey));
      const key = createPublicKey({ key: der, format: "der", type: "spki" });
      assert.deepEqual({ type: key.asymmetricKeyType, ...key.asymmetricKeyDetails }, details);
      assert.deepEqual(key.export({ type: "spki", format: "der" }), der);
    });

  test("symmetric and HMAC keys have none", async () => {
    for (const kind of [kinds.symmetric, kinds.mac]) {
      const { id, arn } = await createKey(kms, kind);
      const text = `${arn} has no public key.`;
      await refused(kms.getPublicKey({ KeyId: id }), "UnsupportedOperationException", text);
    }
  });
});

describe("what a key is for (facts 2.3, 11.2, 12.4, 14)", () => {
  let server: TestServer;
  let kms: KMS;
  let user: KMS;
  const keys = new Map<Kind, NewKey>();
  before(async () => {
    server = await openServer();
    kms = connect(server);
    user = connect(server, "nobody");
    for (const kind of kindNames) keys.set(kind, await createKey(kms, kinds[kind]));
  });
  const keyOf = (kind: Kind): NewKey => present(keys.get(kind));

  for (const use of uses.filter(
    ({ operation }) => !["GetPublicKey", "Decrypt"].includes(operation),
  ))
    test(`${use.operation} refuses keys of every other usage, after their state`, async () => {
      const own = await createKey(kms, use.kind);
      const call: Ready = await use.prepare(kms, own.id);
      const others = kindNames.filter((kind) => kinds[kind].KeyUsage !== use.kind.KeyUsage);
      assert.ok(others.length >= 4);
      for (const kind of others) {
        const { arn } = keyOf(kind);
        const text = `${arn} key usage is ${kinds[kind].KeyUsage} which is not valid for ${use.operation}.`;
        await refused(call(kms, arn), "InvalidKeyUsageException", text);
        await refused(call(kms, arn, { DryRun: true }), "InvalidKeyUsageException", text);
        await kms.disableKey({ KeyId: arn });
        await refused(call(kms, arn), "DisabledException", `${arn} is disabled.`);
        await kms.enableKey({ KeyId: arn });
      }
    });

  const everyOperation: readonly GrantOperation[] = [
    ...uses.map(({ operation }) => operation),
    ...(["GenerateDataKey", "GenerateDataKeyWithoutPlaintext"] as const),
    ...(["ReEncryptFrom", "ReEncryptTo", "CreateGrant", "RetireGrant", "DescribeKey"] as const),
  ];
  const always = ["CreateGrant", "RetireGrant", "DescribeKey"];
  const ofMessages = ["Decrypt", "Encrypt", "ReEncryptFrom", "ReEncryptTo"];
  const grantable: Readonly<Record<Kind, readonly string[]>> = {
    symmetric: [
      ...[...ofMessages, "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"],
      ...["GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"],
    ],
    encryption: [...ofMessages, "GetPublicKey"],
    signing: ["Sign", "Verify", "GetPublicKey"],
    agreement: ["DeriveSharedSecret", "GetPublicKey"],
    mac: ["GenerateMac", "VerifyMac"],
    encapsulation: ["Encapsulate", "Decapsulate", "GetPublicKey"],
  };
  for (const kind of kindNames)
    test(`a grant on a key for ${kind} can allow what such keys do, and nothing else`, async () => {
      const { KeySpec: spec, KeyUsage: usage } = kinds[kind];
      for (const operation of everyOperation) {
        const request = { KeyId: keyOf(kind).id, GranteePrincipal: nobody };
        const call = kms.createGrant({ ...request, Operations: ["DescribeKey", operation] });
        if ([...always, ...grantable[kind]].includes(operation)) await call;
        else
          await refused(
            call,
            "ValidationException",
            `Operation ${operation} is not supported by a grant on a key with key spec ${spec} and key usage ${usage}.`,
          );
      }
    });

  test("only grants on symmetric keys constrain an encryption context", async () => {
    for (const kind of kindNames) {
      const Operations: GrantOperation[] = ["DescribeKey"];
      const request = { KeyId: keyOf(kind).id, GranteePrincipal: nobody, Operations };
      for (const name of ["EncryptionContextEquals", "EncryptionContextSubset"]) {
        const call = kms.createGrant({ ...request, Constraints: { [name]: { a: "b" } } });
        if (kind === "symmetric") await call;
        else await refused(call, "ValidationException", /symmetric encryption keys only/);
      }
    }
  });

  for (const [name, operation, kind, [right, wrong]] of [
    ["SigningAlgorithm", "Sign", kinds.signing, ["ECDSA_SHA_256", "ECDSA_SHA_384"]],
    ["SigningAlgorithm", "Verify", kinds.signing, ["ECDSA_SHA_256", "ECDSA_SHA_384"]],
    ["MessageType", "Sign", kinds.signing, ["RAW", "DIGEST"]],
    ["MessageType", "Verify", kinds.signing, ["RAW", "DIGEST"]],
    ["MacAlgorithm", "GenerateMac", kinds.mac, ["HMAC_SHA_256", "HMAC_SHA_512"]],
    ["MacAlgorithm", "VerifyMac", kinds.mac, ["HMAC_SHA_256", "HMAC_SHA_512"]],
    ["KeyAgreementAlgorithm", "DeriveSharedSecret", kinds.agreement, ["ECDH", "X25519"]],
    ["DataKeyPairSpec", "GenerateDataKeyPair", kinds.symmetric, ["ECC_NIST_P256", "RSA_2048"]],
    [
      "DataKeyPairSpec",
      "GenerateDataKeyPairWithoutPlaintext",
      kinds.symmetric,
      ["ECC_NIST_P256", "RSA_2048"],
    ],
    [
      "EncryptionAlgorithm",
      "GenerateDataKeyPair",
      kinds.symmetric,
      ["SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_256"],
    ],
    [
      "EncryptionAlgorithm",
      "Encrypt",
      kinds.encryption,
      ["RSAES_OAEP_SHA_256", "SYMMETRIC_DEFAULT"],
    ],
    [
      "EncryptionAlgorithm",
      "Decrypt",
      kinds.encryption,
      ["RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1"],
    ],
    ["KeySpec", "GetPublicKey", kinds.agreement, ["ECC_NIST_P256", "ECC_NIST_P384"]],
    ["EncryptionContext:app", "GenerateDataKeyPair", kinds.symmetric, ["1", "2"]],
    ["RequestAlias", "Decapsulate", kinds.encapsulation, ["alias/conditional", "alias/other"]],
  ] as const)
    test(`kms:${name} decides on ${operation}`, async () => {
      const use = present(uses.find((each) => each.operation === operation));
      const AliasName = "alias/conditional";
      const calls = await Promise.all(
        [right, wrong].map(async (value) => {
          const Policy = keyPolicy({
            Principal: { AWS: nobody },
            Action: `kms:${operation}`,
            Condition: { StringEquals: { [`kms:${name}`]: value } },
          });
          const { id } = await createKey(kms, { ...kind, Policy });
          return { id, call: await use.prepare(kms, id) };
        }),
      );
      for (const [index, { id, call }] of calls.entries()) {
        await kms.createAlias({ AliasName, TargetKeyId: id });
        await decides([[index === 0, () => call(user, AliasName)]]);
        await kms.deleteAlias({ AliasName });
      }
    });

  test("an alias stays with keys of one usage and one type (facts 14)", async () => {
    const AliasName = "alias/moved";
    const signing = { KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" } as const;
    const text = (what: string, from: string, to: string): string =>
      `Alias ${aliasArn(AliasName)} cannot be changed from a CMK with ${what} ${from} to a CMK with ${what} ${to}. The ${what} of the current CMK and the new CMK must be the same.`;
    await kms.createAlias({ AliasName, TargetKeyId: keyOf("symmetric").id });
    for (const kind of kindNames.filter((each) => kinds[each].KeyUsage !== "ENCRYPT_DECRYPT"))
      await refused(
        kms.updateAlias({ AliasName, TargetKeyId: keyOf(kind).id }),
        "ValidationException",
        text("key usage", "ENCRYPT_DECRYPT", kinds[kind].KeyUsage),
      );
    await refused(
      kms.updateAlias({ AliasName, TargetKeyId: keyOf("encryption").id }),
      "ValidationException",
      text("key type", "symmetric", "asymmetric"),
    );
    await kms.deleteAlias({ AliasName });
    await kms.createAlias({ AliasName, TargetKeyId: keyOf("signing").id });
    await kms.updateAlias({ AliasName, TargetKeyId: (await createKey(kms, signing)).id });
  });
});
