import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as sdk from "@aws-sdk/client-kms";
import type { CallContext } from "../../api/context.ts";
import { AwsError } from "../../base/errors.ts";
import type { KeySpec } from "../../crypto/key-spec.ts";
import type { KmsKey } from "./model/key.ts";
import { RequestQuotas } from "./quotas.ts";
import { managementQuota } from "./quotas-rates.ts";

const now = new Date(1_700_000_000_000);
interface Place {
  readonly account?: string;
  readonly region?: string;
}
interface Asked extends Place {
  readonly request?: object;
  readonly keys?: readonly KmsKey[];
}
const key = (spec: KeySpec, storeId?: string, account = "222222222222"): KmsKey =>
  ({ spec, account, ...(storeId === undefined ? {} : { customStore: { storeId } }) }) as KmsKey;

/** Whether a call is admitted. */
function admits(quotas: RequestQuotas, operation: string, asked: Asked = {}): boolean {
  const { request = {}, keys = [], account = "111111111111", region = "us-east-1" } = asked;
  try {
    quotas.admit(operation, request, keys, { account, region, time: now } as CallContext);
    return true;
  } catch (error) {
    assert.ok(error instanceof AwsError && error.code === "ThrottlingException");
    return false;
  }
}

/** How many calls are admitted at one moment, by AWS's own quotas unless others are given. */
function admitted(operation: string, asked: Asked = {}, quotas = new RequestQuotas(1)): number {
  let count = 0;
  while (count < 200_000 && admits(quotas, operation, asked)) count++;
  return count;
}

/** Quotas of one call each, of which an operation has used up its own. */
function exhausted(operation: string, asked: Asked = {}): RequestQuotas {
  const quotas = new RequestQuotas(0.001);
  while (admits(quotas, operation, asked));
  return quotas;
}

describe("request quotas (facts 16.2)", () => {
  test("ThrottlingException is in AWS's words", () => {
    const quotas = exhausted("CreateKey");
    const context = { account: "111111111111", region: "us-east-1", time: now } as CallContext;
    assert.throws(
      () => quotas.admit("CreateKey", {}, [], context),
      new AwsError(
        "ThrottlingException",
        "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
      ),
    );
  });

  test("every operation of AWS counts against a quota", () => {
    const cryptographic = new Set<string>([
      ...Object.values(sdk.KeyLastUsageTrackingOperation),
      "GenerateRandom",
    ]);
    const names = Object.keys(sdk).flatMap((name) => /^([A-Z]\w+)Command$/.exec(name)?.[1] ?? []);
    assert.equal(names.length, 56);
    for (const name of names)
      assert.equal(managementQuota(name) === undefined, cryptographic.has(name), name);
  });

  test("symmetric cryptography has one quota, of its region's size", () => {
    const keys = [key("SYMMETRIC_DEFAULT")];
    assert.equal(admitted("Encrypt", { keys }), 100_000);
    assert.equal(admitted("Encrypt", { keys, region: "eu-central-1" }), 20_000);
    assert.equal(admitted("Encrypt", { keys, region: "sa-east-1" }), 10_000);
    const quotas = exhausted("Decrypt", { keys });
    for (const operation of ["Encrypt", "GenerateDataKey", "ReEncrypt", "GenerateRandom"])
      assert.ok(!admits(quotas, operation, operation === "GenerateRandom" ? {} : { keys }));
    for (const operation of ["GenerateMac", "VerifyMac"])
      assert.ok(!admits(quotas, operation, { keys: [key("HMAC_512")] }));
    assert.ok(admits(quotas, "DescribeKey", { keys }));
  });

  test("RSA, elliptic curves with SM2, ML-DSA and ML-KEM have one quota each", () => {
    const families: readonly (readonly KeySpec[])[] = [
      ["RSA_2048", "RSA_3072", "RSA_4096"],
      ["ECC_NIST_P256", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519", "SM2"],
      ["ML_DSA_44", "ML_DSA_65", "ML_DSA_87"],
      ["ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"],
      ["SYMMETRIC_DEFAULT", "HMAC_256"],
    ];
    for (const family of families) {
      const keys = [key(family[0] ?? "SM2")];
      if (family !== families.at(-1)) assert.equal(admitted("Sign", { keys }), 1_000);
      for (const spec of families.flat()) {
        const quotas = exhausted("Sign", { keys });
        assert.equal(admits(quotas, "Verify", { keys: [key(spec)] }), !family.includes(spec), spec);
      }
    }
  });

  test("ReEncrypt counts once where both keys are of a kind, else against both", () => {
    const symmetric = key("SYMMETRIC_DEFAULT");
    const keys = [symmetric, key("RSA_2048")];
    assert.equal(admitted("ReEncrypt", { keys: [symmetric, symmetric], region: "x" }), 10_000);
    assert.ok(!admits(exhausted("Sign", { keys: keys.slice(1) }), "ReEncrypt", { keys }));
    assert.ok(!admits(exhausted("Decrypt", { keys: keys.slice(0, 1) }), "ReEncrypt", { keys }));
  });

  test("data key pairs count by their spec, with and without plaintext together", () => {
    const rates = { RSA_2048: 20, RSA_3072: 4, RSA_4096: 1, SM2: 25, ECC_NIST_P256: 100 };
    for (const [KeyPairSpec, rate] of Object.entries(rates)) {
      const asked = { keys: [key("SYMMETRIC_DEFAULT")], request: { KeyPairSpec } };
      assert.equal(admitted("GenerateDataKeyPair", asked), rate);
      const quotas = exhausted("GenerateDataKeyPair", asked);
      assert.ok(!admits(quotas, "GenerateDataKeyPairWithoutPlaintext", asked));
      assert.ok(
        admits(quotas, "GenerateDataKeyPair", { ...asked, request: { KeyPairSpec: "ECC_X" } }),
      );
    }
    const request = { KeyPairSpec: "RSA_4096" };
    assert.equal(admitted("GenerateDataKeyPair", { request, region: "cn-north-1" }), 1);
    const twentyfold = new RequestQuotas(20);
    assert.equal(admitted("GenerateDataKeyPair", { request, region: "cn-north-1" }, twentyfold), 2);
  });

  test("management operations count each for itself", () => {
    const rates = {
      DescribeKey: 2_000,
      GetKeyPolicy: 1_000,
      ListKeys: 500,
      ListGrants: 100,
      CreateGrant: 50,
      PutKeyPolicy: 15,
      TagResource: 10,
      CreateKey: 5,
      GetParametersForImport: 1,
    };
    for (const [operation, rate] of Object.entries(rates))
      assert.equal(admitted(operation), rate, operation);
    assert.ok(admits(exhausted("CreateAlias"), "UpdateAlias"));
  });

  test("ReplicateKey counts in its region, and as two CreateKey where the replica is", () => {
    const request = { ReplicaRegion: "eu-west-1" };
    const quotas = new RequestQuotas(1);
    assert.ok(admits(quotas, "ReplicateKey", { request }));
    assert.equal(admitted("CreateKey", { region: "eu-west-1" }, quotas), 3);
    assert.equal(admitted("CreateKey", {}, quotas), 5);
    assert.equal(admitted("ReplicateKey", { request: { ReplicaRegion: "eu-west-2" } }, quotas), 3);
  });

  test("UpdatePrimaryRegion counts in both regions", () => {
    const quotas = new RequestQuotas(1);
    const request = { PrimaryRegion: "eu-west-1" };
    assert.equal(admitted("UpdatePrimaryRegion", { request }, quotas), 5);
    assert.ok(
      !admits(quotas, "UpdatePrimaryRegion", {
        request: { PrimaryRegion: "us-west-2" },
        region: "eu-west-1",
      }),
    );
  });

  test("the caller pays, each account and region for itself", () => {
    const keys = [key("RSA_2048")];
    const quotas = exhausted("Sign", { keys });
    assert.ok(admits(quotas, "Sign", { keys, account: "222222222222" }));
    assert.ok(admits(quotas, "Sign", { keys, region: "eu-west-1" }));
  });

  test("a custom key store has a quota of its own, shared by all who use its keys", () => {
    const keys = [key("SYMMETRIC_DEFAULT", "cks-1")];
    assert.equal(admitted("Encrypt", { keys }), 1_800);
    const quotas = exhausted("Encrypt", { keys });
    assert.ok(!admits(quotas, "Encrypt", { keys, account: "333333333333" }));
    assert.ok(admits(quotas, "Encrypt", { keys: [key("SYMMETRIC_DEFAULT", "cks-2")] }));
    assert.ok(admits(quotas, "Encrypt", { keys: [key("SYMMETRIC_DEFAULT")] }));
    const request = { CustomKeyStoreId: "cks-1" };
    assert.ok(!admits(quotas, "GenerateRandom", { request, account: "222222222222" }));
  });

  test("the factor multiplies every quota", () => {
    assert.equal(admitted("CreateKey", {}, new RequestQuotas(100)), 500);
    assert.equal(admitted("DescribeKey", {}, new RequestQuotas(0.5)), 1_000);
    assert.equal(admitted("CreateKey", {}, new RequestQuotas(0.001)), 1);
  });
});
