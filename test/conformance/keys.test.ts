import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import type { TestServer } from "../support/keywright.ts";
import { callRaw } from "../support/wire.ts";
import {
  account,
  answer,
  connect,
  createKey,
  denial,
  keyArn,
  missingId,
  openServer,
  policyOf,
  refused,
  region,
  rootArn,
  seedWith,
  userArn,
} from "./support.ts";

const maker = policyOf(
  { Action: ["kms:CreateKey", "kms:DescribeKey"] },
  {
    Effect: "Deny",
    Action: "kms:CreateKey",
    Condition: { Bool: { "kms:BypassPolicyLockoutSafetyCheck": "true" } },
  },
);

describe("KMS keys (facts 3.1, 3.2)", () => {
  let server: TestServer;
  let kms: KMS;
  before(async () => {
    server = await openServer(seedWith({ manager: maker }));
    kms = connect(server);
  });

  test("CreateKey answers with the recorded members of a symmetric key and no others", async () => {
    const { KeyMetadata, ...rest } = await answer(kms.createKey({}));
    const { KeyId = "", CreationDate, CurrentKeyMaterialId = "", ...others } = KeyMetadata ?? {};
    assert.deepEqual(rest, {});
    assert.match(KeyId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.match(CurrentKeyMaterialId, /^[0-9a-f]{64}$/);
    assert.ok(Math.abs(Number(CreationDate) - Date.now()) < 60_000);
    assert.deepEqual(others, {
      AWSAccountId: account,
      Arn: `arn:aws:kms:${region}:${account}:key/${KeyId}`,
      CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
      Description: "",
      Enabled: true,
      EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
      KeyManager: "CUSTOMER",
      KeySpec: "SYMMETRIC_DEFAULT",
      KeyState: "Enabled",
      KeyUsage: "ENCRYPT_DECRYPT",
      MultiRegion: false,
      Origin: "AWS_KMS",
    });
  });

  test("DescribeKey answers what CreateKey answered", async () => {
    const { KeyMetadata: made } = await kms.createKey({ Description: "né à ¤ 日本" });
    const { KeyMetadata: described } = await kms.describeKey({ KeyId: made?.KeyId });
    assert.deepEqual(described, made);
    assert.equal(made?.Description, "né à ¤ 日本");
  });

  test("CreateKey accepts every default written out, and KeySpec's old name", async () => {
    for (const spec of [
      { KeySpec: "SYMMETRIC_DEFAULT" },
      { CustomerMasterKeySpec: "SYMMETRIC_DEFAULT" },
    ] as const) {
      const { KeyMetadata } = await kms.createKey({
        ...spec,
        KeyUsage: "ENCRYPT_DECRYPT",
        Origin: "AWS_KMS",
        MultiRegion: false,
        BypassPolicyLockoutSafetyCheck: false,
        Tags: [],
      });
      assert.equal(KeyMetadata?.KeySpec, "SYMMETRIC_DEFAULT");
    }
  });

  test("CreateKey refuses contradictions in AWS's words", async () => {
    const both = {
      KeySpec: "SYMMETRIC_DEFAULT",
      CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
    } as const;
    await refused(
      kms.createKey(both),
      "ValidationException",
      "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.",
    );
    for (const spec of ["RSA_2048", "HMAC_256", "ECC_NIST_P256"] as const)
      await refused(
        kms.createKey({ KeySpec: spec }),
        "ValidationException",
        "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
      );
    await refused(
      kms.createKey({ KeyUsage: "SIGN_VERIFY" }),
      "ValidationException",
      "KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT",
    );
  });

  test("CreateKey refuses usages and origins that a key spec does not have", async () => {
    const sign = { KeyUsage: "SIGN_VERIFY" } as const;
    for (const [input, message] of [
      [
        { KeySpec: "HMAC_256", ...sign },
        "KeyUsage SIGN_VERIFY is not compatible with KeySpec HMAC_256",
      ],
      [
        { KeySpec: "RSA_2048", KeyUsage: "KEY_AGREEMENT" },
        "KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048",
      ],
      [
        { KeySpec: "ML_DSA_44", Origin: "EXTERNAL", ...sign },
        "KeySpec ML_DSA_44 is not supported for Origin EXTERNAL",
      ],
      [
        { KeySpec: "RSA_2048", Origin: "AWS_CLOUDHSM", CustomKeyStoreId: "cks-1", ...sign },
        "KeySpec RSA_2048 is not supported for Origin AWS_CLOUDHSM",
      ],
    ] as const)
      await refused(kms.createKey(input), "ValidationException", message);
  });

  test("a custom key store is named exactly when the origin is one, and holds no multi-Region keys", async () => {
    const store = { CustomKeyStoreId: "cks-1234567890abcdef0" };
    for (const [input, message] of [
      [{ Origin: "AWS_CLOUDHSM" }, "Origin AWS_CLOUDHSM requires a CustomKeyStoreId."],
      [store, "CustomKeyStoreId is not valid for Origin AWS_KMS."],
      [
        { Origin: "EXTERNAL_KEY_STORE", ...store },
        "Origin EXTERNAL_KEY_STORE requires an XksKeyId.",
      ],
      [
        { Origin: "AWS_CLOUDHSM", ...store, XksKeyId: "x" },
        "XksKeyId is not valid for Origin AWS_CLOUDHSM.",
      ],
    ] as const)
      await refused(kms.createKey(input), "ValidationException", message);
    await refused(
      kms.createKey({ Origin: "AWS_CLOUDHSM", ...store, MultiRegion: true }),
      "UnsupportedOperationException",
      /Multi-Region keys are not supported in custom key stores/,
    );
  });

  test("CreateKey needs kms:CreateKey by IAM, and its conditions see the request", async () => {
    await refused(
      connect(server, "nobody").createKey({}),
      "AccessDeniedException",
      denial(userArn("nobody"), "CreateKey", "*", "identity-based"),
    );
    await createKey(connect(server, "manager"));
    await refused(
      connect(server, "manager").createKey({ BypassPolicyLockoutSafetyCheck: true }),
      "AccessDeniedException",
      `User: ${userArn("manager")} is not authorized to perform: kms:CreateKey on resource: * with an explicit deny in an identity-based policy`,
    );
  });

  test("CreateKey with tags needs kms:TagResource too; without it no key is made", async () => {
    const before = await kms.listKeys({ Limit: 1000 });
    await refused(
      connect(server, "manager").createKey({ Tags: [{ TagKey: "a", TagValue: "b" }] }),
      "AccessDeniedException",
      denial(userArn("manager"), "TagResource", keyArn("*"), "identity-based"),
    );
    const after = await kms.listKeys({ Limit: 1000 });
    assert.deepEqual(after.Keys, before.Keys);
  });

  test("UpdateKeyDescription replaces the description; an empty one clears it", async () => {
    const key = await createKey(kms, { Description: "before" });
    const described = async () =>
      (await kms.describeKey({ KeyId: key.id })).KeyMetadata?.Description;
    const given = await answer(kms.updateKeyDescription({ KeyId: key.id, Description: "after" }));
    assert.deepEqual(given, {});
    assert.equal(await described(), "after");
    await kms.updateKeyDescription({ KeyId: key.arn, Description: "" });
    assert.equal(await described(), "");
    await kms.updateKeyDescription({ KeyId: key.arn, Description: "x".repeat(8192) });
    await refused(
      kms.updateKeyDescription({ KeyId: key.id, Description: "x".repeat(8193) }),
      "ValidationException",
      /^1 validation error detected: Value 'x+' at 'description' failed to satisfy constraint: Member must have length less than or equal to 8192$/,
    );
  });

  test("EnableKey and DisableKey answer with nothing and may be repeated", async () => {
    const key = await createKey(kms);
    const state = async () => {
      const { KeyMetadata } = await kms.describeKey({ KeyId: key.id });
      return [KeyMetadata?.KeyState, KeyMetadata?.Enabled];
    };
    for (const _time of [1, 2])
      assert.deepEqual(await answer(kms.disableKey({ KeyId: key.id })), {});
    assert.deepEqual(await state(), ["Disabled", false]);
    for (const _time of [1, 2])
      assert.deepEqual(await answer(kms.enableKey({ KeyId: key.arn })), {});
    assert.deepEqual(await state(), ["Enabled", true]);
  });

  test("ListKeys lists each key of the account and region by id and ARN", async () => {
    const key = await createKey(kms);
    const elsewhere = await createKey(connect(server, "admin", "eu-central-1"));
    const { Keys = [], ...rest } = await answer(kms.listKeys({ Limit: 1000 }));
    assert.deepEqual(rest, { Truncated: false });
    assert.ok(Keys.some((each) => each.KeyId === key.id && each.KeyArn === key.arn));
    assert.ok(!Keys.some((each) => each.KeyId === elsewhere.id));
    assert.deepEqual(await answer(connect(server, "other").listKeys({})), {
      Keys: [],
      Truncated: false,
    });
  });

  test("ListKeys lists what is asked for: the account's own keys, and those that others share, of which there are none", async () => {
    await createKey(kms);
    await createKey(kms);
    const list = async (input: object) => {
      const { status, text } = await callRaw(server, "admin", "ListKeys", JSON.stringify(input));
      return { status, ...(JSON.parse(text) as { Keys?: object[]; NextMarker?: string }) };
    };
    const all = await list({ Limit: 1000 });
    const others = { ResourceOwners: ["OTHER_ACCOUNTS_VIA_RAM"] };
    const both = { ResourceOwners: ["OTHER_ACCOUNTS_VIA_RAM", "SELF"] };
    assert.deepEqual(await list({ Limit: 1000, ResourceOwners: ["SELF"] }), all);
    assert.deepEqual(await list({ Limit: 1000, ...both }), all);
    assert.deepEqual(await list(others), { status: 200, Keys: [], Truncated: false });
    const { NextMarker: Marker } = await list({ Limit: 1, ...both });
    assert.equal((await list({ Limit: 1, Marker, ...both })).status, 200);
    for (const input of [
      { Marker },
      { ResourceOwners: [] },
      { ResourceOwners: ["SELF", "SELF", "SELF"] },
      { ResourceOwners: ["EVERYBODY"] },
    ])
      assert.equal((await list(input)).status, 400, JSON.stringify(input));
  });

  test("a key without permission is refused by the layer that is missing", async () => {
    const key = await createKey(kms);
    await refused(
      connect(server, "nobody").describeKey({ KeyId: key.id }),
      "AccessDeniedException",
      denial(userArn("nobody"), "DescribeKey", key.arn, "identity-based"),
    );
    await refused(
      connect(server, "other").describeKey({ KeyId: key.arn }),
      "AccessDeniedException",
      denial(userArn("admin", "444455556666"), "DescribeKey", key.arn, "resource-based"),
    );
  });

  test("the root user may what the key policy leaves to its account", async () => {
    const root = connect(server, "root");
    const key = await createKey(root);
    assert.equal((await root.describeKey({ KeyId: key.id })).KeyMetadata?.Arn, key.arn);
    const policy = JSON.stringify(
      policyOf({ Principal: { AWS: userArn("admin") }, Action: "kms:*" }),
    );
    await root.putKeyPolicy({
      KeyId: key.id,
      Policy: policy,
      BypassPolicyLockoutSafetyCheck: true,
    });
    await refused(
      root.describeKey({ KeyId: key.id }),
      "AccessDeniedException",
      denial(rootArn(), "DescribeKey", key.arn, "resource-based"),
    );
  });

  test("a missing key is not found, with the ARN that it would have", async () => {
    await refused(
      kms.describeKey({ KeyId: missingId }),
      "NotFoundException",
      `Key '${keyArn(missingId)}' does not exist`,
    );
  });
});
