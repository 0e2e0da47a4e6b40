import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import type { JsonObject } from "../../src/base/json.ts";
import type { TestServer } from "../support/keywright.ts";
import type { Recorded } from "./audit-support.ts";
import { lastRecord, proveRecord } from "./audit-support.ts";
import type { NewKey } from "./support.ts";
import { aliasArn, connect, createKey, keyPolicy, openServer, userArn } from "./support.ts";

describe("audit records of what changes keys (facts 18)", () => {
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

  test("operations that change a key name its ARN in the answer", async () => {
    const { id, arn } = await createKey(kms);
    const request = { keyId: id };
    const common = { response: { keyId: arn }, resources: [arn] };
    await kms.disableKey({ KeyId: id });
    await proves("DisableKey", { request, ...common });
    await kms.enableKey({ KeyId: id });
    await proves("EnableKey", { request, ...common });
    await kms.updateKeyDescription({ KeyId: id, Description: "x" });
    await proves("UpdateKeyDescription", { request: { ...request, description: "x" }, ...common });
    await kms.enableKeyRotation({ KeyId: id, RotationPeriodInDays: 90 });
    await proves("EnableKeyRotation", {
      request: { ...request, rotationPeriodInDays: 90 },
      ...common,
    });
    await kms.disableKeyRotation({ KeyId: id });
    await proves("DisableKeyRotation", { request, ...common });
    await kms.rotateKeyOnDemand({ KeyId: id });
    await proves("RotateKeyOnDemand", { request, ...common });
    await kms.tagResource({ KeyId: id, Tags: [{ TagKey: "a", TagValue: "b" }] });
    await proves("TagResource", {
      request: { ...request, tags: [{ tagKey: "a", tagValue: "b" }] },
      ...common,
    });
    await kms.untagResource({ KeyId: id, TagKeys: ["a"] });
    await proves("UntagResource", { request: { ...request, tagKeys: ["a"] }, ...common });
    const Policy = keyPolicy();
    await kms.putKeyPolicy({ KeyId: id, Policy });
    await proves("PutKeyPolicy", {
      request: {
        ...request,
        policyName: "default",
        policy: Policy,
        bypassPolicyLockoutSafetyCheck: false,
      },
      ...common,
    });
    await kms.scheduleKeyDeletion({ KeyId: id, PendingWindowInDays: 7 });
    const { deletionDate } = (await last("ScheduleKeyDeletion"))["responseElements"] as {
      deletionDate: string;
    };
    assert.match(deletionDate, /^[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d\d:\d\d [AP]M$/);
    await proves("ScheduleKeyDeletion", {
      request: { ...request, pendingWindowInDays: 7 },
      response: { keyId: arn, keyState: "PendingDeletion", deletionDate, pendingWindowInDays: 7 },
      resources: [arn],
    });
    await kms.cancelKeyDeletion({ KeyId: id });
    await proves("CancelKeyDeletion", { request, ...common });
  });

  test("aliases: the alias and the key are the resources", async () => {
    const AliasName = "alias/recorded";
    await kms.createAlias({ AliasName, TargetKeyId: key.id });
    await proves("CreateAlias", {
      request: { aliasName: AliasName, targetKeyId: key.id },
      response: { keyId: key.arn },
      resources: [aliasArn(AliasName), key.arn],
    });
    await kms.updateAlias({ AliasName, TargetKeyId: other.id });
    await proves("UpdateAlias", {
      request: { aliasName: AliasName, targetKeyId: other.id },
      response: { keyId: other.arn },
      resources: [aliasArn(AliasName), key.arn, other.arn],
    });
    await kms.deleteAlias({ AliasName });
    await proves("DeleteAlias", {
      request: { aliasName: AliasName },
      response: { keyId: other.arn },
      resources: [aliasArn(AliasName), other.arn],
    });
  });

  test("grants: everything but the token", async () => {
    const input = {
      KeyId: key.id,
      GranteePrincipal: userArn("nobody"),
      RetiringPrincipal: userArn("manager"),
      Operations: ["Encrypt" as const],
      Constraints: { EncryptionContextSubset: { a: "b" } },
      Name: "n",
    };
    const { GrantId = "", GrantToken } = await kms.createGrant(input);
    await proves("CreateGrant", {
      request: {
        keyId: key.id,
        granteePrincipal: userArn("nobody"),
        retiringPrincipal: userArn("manager"),
        operations: ["Encrypt"],
        constraints: { encryptionContextSubset: { a: "b" } },
        name: "n",
      },
      response: { grantId: GrantId, keyId: key.arn },
    });
    await kms.retireGrant({ GrantToken });
    await proves("RetireGrant", { request: null, evidence: { grantId: GrantId } });
    const again = await kms.createGrant(input);
    await kms.retireGrant({ KeyId: key.arn, GrantId: again.GrantId });
    await proves("RetireGrant", {
      request: { keyId: key.arn, grantId: String(again.GrantId) },
      evidence: { grantId: String(again.GrantId) },
    });
    const third = await kms.createGrant(input);
    await kms.revokeGrant({ KeyId: key.id, GrantId: third.GrantId });
    await proves("RevokeGrant", {
      request: { keyId: key.id, grantId: String(third.GrantId) },
      response: { keyId: key.arn },
    });
  });
});
