import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import type { JsonObject } from "../../src/base/json.ts";
import type { TestServer } from "../support/keywright.ts";
import { accessKeys } from "../support/keywright.ts";
import type { Recorded } from "./audit-support.ts";
import { lastRecord, proveRecord } from "./audit-support.ts";
import type { NewKey } from "./support.ts";
import {
  account,
  auditOf,
  connect,
  createKey,
  keyArn,
  keyPolicy,
  missingId,
  openServer,
  otherAccount,
  refused,
  region,
  rootArn,
  userArn,
} from "./support.ts";

const Plaintext = Buffer.from("a secret that no record may hold");

describe("audit records of each operation (facts 18)", () => {
  let server: TestServer;
  let kms: KMS;
  let key: NewKey;
  let other: NewKey;
  before(async () => {
    server = await openServer();
    kms = connect(server);
    key = await createKey(kms);
    other = await createKey(kms);
  });
  const last = (eventName: string): Promise<JsonObject> => lastRecord(server, eventName);
  const proves = (operation: string, expected: Partial<Recorded>): Promise<void> =>
    proveRecord(server, operation, { request: null, resources: [key.arn], ...expected });

  test("the envelope has AWS's fields", async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const { $metadata } = await kms.describeKey({ KeyId: key.id });
    const record = await last("DescribeKey");
    const { eventTime, eventID, userAgent, userIdentity, ...rest } = record;
    assert.match(String(eventTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.ok(Date.parse(String(eventTime)) >= before);
    assert.match(String(eventID), /^[0-9a-f-]{36}$/);
    assert.match(String(userAgent), /^aws-sdk-js\//);
    const { principalId, ...identity } = userIdentity as JsonObject;
    assert.match(String(principalId), /^AIDA[A-Z2-7]{17}$/);
    assert.deepEqual(identity, {
      type: "IAMUser",
      arn: userArn("admin"),
      accountId: account,
      accessKeyId: accessKeys.admin.accessKeyId,
      userName: "admin",
    });
    assert.deepEqual(rest, {
      eventVersion: "1.11",
      eventSource: "kms.amazonaws.com",
      eventName: "DescribeKey",
      awsRegion: region,
      sourceIPAddress: "127.0.0.1",
      requestParameters: { keyId: key.id },
      responseElements: null,
      requestID: $metadata.requestId,
      readOnly: true,
      resources: [{ accountId: account, type: "AWS::KMS::Key", ARN: key.arn }],
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: account,
      eventCategory: "Management",
    });
  });

  test("the root user has its own form", async () => {
    await connect(server, "root").listKeys({});
    assert.deepEqual((await last("ListKeys"))["userIdentity"], {
      type: "Root",
      principalId: account,
      arn: rootArn(),
      accountId: account,
      accessKeyId: accessKeys.root.accessKeyId,
    });
  });

  test("CreateKey: defaults filled in, the metadata answered", async () => {
    const { KeyMetadata } = await kms.createKey({
      Description: "d",
      Tags: [{ TagKey: "a", TagValue: "b" }],
    });
    const { creationDate, ...metadata } = (
      (await last("CreateKey"))["responseElements"] as { keyMetadata: JsonObject }
    ).keyMetadata;
    assert.match(String(creationDate), /^[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d\d:\d\d [AP]M$/);
    assert.deepEqual(metadata, {
      aWSAccountId: account,
      keyId: KeyMetadata?.KeyId,
      arn: KeyMetadata?.Arn,
      enabled: true,
      description: "d",
      keyUsage: "ENCRYPT_DECRYPT",
      keyState: "Enabled",
      origin: "AWS_KMS",
      keyManager: "CUSTOMER",
      customerMasterKeySpec: "SYMMETRIC_DEFAULT",
      keySpec: "SYMMETRIC_DEFAULT",
      encryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
      multiRegion: false,
      currentKeyMaterialId: KeyMetadata?.CurrentKeyMaterialId,
    });
    await proves("CreateKey", {
      request: {
        description: "d",
        keyUsage: "ENCRYPT_DECRYPT",
        customerMasterKeySpec: "SYMMETRIC_DEFAULT",
        keySpec: "SYMMETRIC_DEFAULT",
        origin: "AWS_KMS",
        bypassPolicyLockoutSafetyCheck: false,
        tags: [{ tagKey: "a", tagValue: "b" }],
        multiRegion: false,
      },
      response: { keyMetadata: { ...metadata, creationDate: String(creationDate) } as JsonObject },
      resources: [String(KeyMetadata?.Arn)],
    });
  });

  test("cryptographic operations: names, algorithm, context and material, never bytes", async () => {
    const EncryptionContext = { Project: "Alpha" };
    const context = { encryptionContext: EncryptionContext };
    const algorithm = { encryptionAlgorithm: "SYMMETRIC_DEFAULT" };
    const evidence = { keyMaterialId: key.material };
    const { CiphertextBlob } = await kms.encrypt({ KeyId: key.id, Plaintext, EncryptionContext });
    await proves("Encrypt", {
      request: { keyId: key.id, ...algorithm, ...context },
      evidence,
      readOnly: true,
    });
    await kms.decrypt({ CiphertextBlob, EncryptionContext });
    await proves("Decrypt", { request: { ...algorithm, ...context }, evidence, readOnly: true });
    await kms.decrypt({ CiphertextBlob, EncryptionContext, KeyId: key.arn });
    await proves("Decrypt", {
      request: { keyId: key.arn, ...algorithm, ...context },
      evidence,
      readOnly: true,
    });
    await kms.reEncrypt({
      CiphertextBlob,
      SourceEncryptionContext: EncryptionContext,
      DestinationKeyId: other.id,
    });
    await proves("ReEncrypt", {
      request: {
        sourceEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
        sourceEncryptionContext: EncryptionContext,
        destinationKeyId: other.id,
        destinationEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
      },
      evidence: { sourceKeyMaterialId: key.material, destinationKeyMaterialId: other.material },
      resources: [key.arn, other.arn],
      readOnly: true,
    });
    await kms.generateDataKey({ KeyId: key.id, KeySpec: "AES_256", EncryptionContext });
    await proves("GenerateDataKey", {
      request: { keyId: key.id, keySpec: "AES_256", ...context },
      evidence,
      readOnly: true,
    });
    await kms.generateDataKeyWithoutPlaintext({ KeyId: key.id, NumberOfBytes: 9 });
    await proves("GenerateDataKeyWithoutPlaintext", {
      request: { keyId: key.id, numberOfBytes: 9 },
      evidence,
      readOnly: true,
    });
    await kms.generateRandom({ NumberOfBytes: 32 });
    await proves("GenerateRandom", { request: null, resources: [], readOnly: true });
  });

  test("reading operations answer nothing to the trail", async () => {
    const request = { keyId: key.id };
    await kms.getKeyPolicy({ KeyId: key.id });
    await proves("GetKeyPolicy", {
      request: { ...request, policyName: "default" },
      readOnly: true,
    });
    await kms.getKeyRotationStatus({ KeyId: key.id });
    await proves("GetKeyRotationStatus", { request, readOnly: true });
    await kms.listKeyPolicies({ KeyId: key.id, Limit: 5 });
    await proves("ListKeyPolicies", { request: { ...request, limit: 5 }, readOnly: true });
    await kms.listKeyRotations({ KeyId: key.id });
    await proves("ListKeyRotations", { request, readOnly: true });
    await kms.listResourceTags({ KeyId: key.id });
    await proves("ListResourceTags", { request, readOnly: true });
    await kms.listGrants({ KeyId: key.id });
    await proves("ListGrants", { request, readOnly: true });
    await kms.listKeys({});
    await proves("ListKeys", { request: null, resources: [], readOnly: true });
    await kms.listAliases({ Limit: 7 });
    await proves("ListAliases", { request: { limit: 7 }, resources: [], readOnly: true });
    await kms.listRetirableGrants({ RetiringPrincipal: userArn("nobody") });
    await proves("ListRetirableGrants", {
      request: { retiringPrincipal: userArn("nobody") },
      resources: [],
      readOnly: true,
    });
  });

  test("a refused call is recorded with its code and text, and answers nothing", async () => {
    const failure = async (operation: string) => {
      const { errorCode, errorMessage, responseElements, requestParameters } =
        await last(operation);
      assert.equal(responseElements, null);
      return [errorCode, errorMessage, requestParameters];
    };
    await refused(kms.describeKey({ KeyId: missingId }), "NotFoundException", /./);
    const gone = `Key '${keyArn(missingId)}' does not exist`;
    assert.deepEqual(await failure("DescribeKey"), [
      "NotFoundException",
      gone,
      { keyId: missingId },
    ]);
    await refused(kms.decrypt({ CiphertextBlob: Buffer.of(1) }), "InvalidCiphertextException");
    assert.deepEqual(await failure("Decrypt"), [
      "InvalidCiphertextException",
      undefined,
      { encryptionAlgorithm: "SYMMETRIC_DEFAULT" },
    ]);
    await refused(
      kms.encrypt({ KeyId: key.id, Plaintext, DryRun: true }),
      "DryRunOperationException",
      /./,
    );
    assert.equal((await failure("Encrypt"))[0], "DryRunOperationException");
    await refused(
      connect(server, "nobody").generateRandom({ NumberOfBytes: 1 }),
      "AccessDeniedException",
      /./,
    );
    assert.equal((await failure("GenerateRandom"))[0], "AccessDenied");
  });

  test("a use from another account is recorded in both, under one sharedEventID; a refusal only in the caller's", async () => {
    const Policy = keyPolicy({ Principal: { AWS: rootArn(otherAccount) }, Action: "kms:Encrypt" });
    const { arn } = await createKey(kms, { Policy });
    await connect(server, "other").encrypt({ KeyId: arn, Plaintext });
    const [mine, owners] = (await auditOf(server, "Encrypt")).slice(-2);
    assert.equal(mine?.["recipientAccountId"], otherAccount);
    assert.equal(owners?.["recipientAccountId"], account);
    assert.match(String(mine["sharedEventID"]), /^[0-9a-f-]{36}$/);
    assert.equal(mine["sharedEventID"], owners["sharedEventID"]);
    assert.equal(mine["requestID"], owners["requestID"]);
    assert.notEqual(mine["eventID"], owners["eventID"]);
    const { principalId, arn: caller } = mine["userIdentity"] as JsonObject;
    assert.equal(caller, userArn("admin", otherAccount));
    assert.deepEqual(owners["userIdentity"], {
      type: "AWSAccount",
      principalId,
      accountId: otherAccount,
    });
    const before = (await auditOf(server, "DescribeKey")).length;
    await refused(
      connect(server, "other").describeKey({ KeyId: arn }),
      "AccessDeniedException",
      /./,
    );
    const records = (await auditOf(server, "DescribeKey")).slice(before);
    assert.deepEqual(
      records.map((each) => [each["recipientAccountId"], each["errorCode"], each["sharedEventID"]]),
      [[otherAccount, "AccessDenied", undefined]],
    );
  });
});
