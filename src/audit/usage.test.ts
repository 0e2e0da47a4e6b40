import * as assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../base/json.ts";
import { isJsonObject, readJson } from "../base/json.ts";
import type { AuditEvent } from "./record.ts";
import { formatAuditRecord } from "./record.ts";
import { countedCall, hourOf, keyEvent } from "./usage.ts";

const caller = "111122223333";
const owner = "444455556666";
const key = `arn:aws:kms:us-east-1:${caller}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const foreign = `arn:aws:kms:us-east-1:${owner}:key/0987dcba-09fe-87dc-65ba-ab0987654321`;

const decrypt: AuditEvent = {
  eventName: "Decrypt",
  eventSource: "kms.amazonaws.com",
  region: "us-east-1",
  time: new Date("2026-11-22T14:59:59.999Z"),
  eventId: "e",
  requestId: "r",
  readOnly: true,
  identity: {
    type: "IAMUser",
    principalId: "AIDAEXAMPLE",
    arn: `arn:aws:iam::${caller}:user/app`,
    account: caller,
    accessKeyId: "AKIAEXAMPLE",
    userName: "app",
  },
  sourceIp: "192.0.2.1",
  userAgent: "test",
  requestParameters: { encryptionAlgorithm: "SYMMETRIC_DEFAULT" },
  responseElements: null,
  resources: [{ arn: key, account: caller, type: "AWS::KMS::Key" }],
  recipientAccount: caller,
};

function record(changes: Partial<AuditEvent> = {}, edit: JsonObject = {}): JsonObject {
  const event = readJson(formatAuditRecord({ ...decrypt, ...changes }));
  assert.ok(isJsonObject(event));
  return { ...event, ...edit };
}

const keyResource = (arn: string, account: string) => ({ arn, account, type: "AWS::KMS::Key" });

test("a call counts for the account that made it, in its hour", () => {
  const start = Date.parse("2026-11-22T14:00:00Z") / 1_000;
  assert.deepEqual([start, start + 3_599, start + 3_600].map(hourOf), [
    start,
    start,
    start + 3_600,
  ]);
  assert.deepEqual(countedCall(record()), {
    account: caller,
    region: "us-east-1",
    key,
    spec: "",
    eventSource: "kms.amazonaws.com",
    operation: "Decrypt",
    via: "",
    billable: true,
  });
});

test("the caller pays for a key of another account, whose owner's record does not count", () => {
  const shared = { resources: [keyResource(foreign, owner)], sharedEventId: "s" };
  assert.equal(countedCall(record(shared))?.account, caller);
  assert.equal(countedCall(record({ ...shared, recipientAccount: owner })), undefined);
});

test("a call through a service counts for its caller, with the service's name", () => {
  const { userIdentity } = record();
  assert.ok(isJsonObject(userIdentity));
  const edit = { userIdentity: { ...userIdentity, invokedBy: "s3.amazonaws.com" } };
  const call = countedCall(record({}, edit));
  assert.deepEqual([call?.account, call?.via], [caller, "s3.amazonaws.com"]);
});

test("what a service does to a key in its own name counts once, for the key's owner", () => {
  const userIdentity = { type: "AWSService", invokedBy: "cloudtrail.amazonaws.com" };
  const alone = countedCall(record({}, { userIdentity }));
  assert.deepEqual([alone?.account, alone?.via], [caller, "cloudtrail.amazonaws.com"]);
  const shared = { resources: [keyResource(foreign, owner)], sharedEventId: "s" };
  assert.equal(countedCall(record(shared, { userIdentity })), undefined);
  const copy = record({ ...shared, recipientAccount: owner }, { userIdentity });
  assert.equal(countedCall(copy)?.account, owner);
});

test("UpdatePrimaryRegion counts once, though two regions record it", () => {
  const update = {
    eventName: "UpdatePrimaryRegion",
    requestParameters: { keyId: key, primaryRegion: "eu-west-1" },
  };
  assert.equal(countedCall(record(update))?.region, "us-east-1");
  assert.equal(countedCall(record({ ...update, region: "eu-west-1" })), undefined);
  const refused = { code: "ValidationException", message: "" };
  assert.ok(countedCall(record({ ...update, region: "eu-west-1", error: refused })));
});

test("what a service does by itself is no call", () => {
  const { requestId: _, ...rotated } = decrypt;
  const event = formatAuditRecord({ ...rotated, eventName: "RotateKey" });
  const value = readJson(event);
  assert.ok(isJsonObject(value));
  assert.equal(countedCall(value), undefined);
});

test("refusals and dry runs are billable, throttled calls and failures of the service are not", () => {
  const billable = (code: string) =>
    countedCall(record({ error: { code, message: "" } }))?.billable;
  for (const code of ["AccessDeniedException", "DryRunOperationException", "NotFoundException"])
    assert.equal(billable(code), true, code);
  for (const code of ["ThrottlingException", "KMSInternalException", "KeyUnavailableException"])
    assert.equal(billable(code), false, code);
});

test("a call counts for the key of its own region", () => {
  const replica = key.replace("us-east-1", "eu-west-1");
  const resources = [keyResource(replica, caller), keyResource(key, caller)];
  assert.equal(countedCall(record({ eventName: "ReplicateKey", resources }))?.key, key);
});

test("only calls of KMS name keys", () => {
  const resources = [{ arn: `arn:aws:iam::${caller}:role/r`, account: caller, type: "" }];
  const call = countedCall(record({ eventSource: "sts.amazonaws.com", resources }));
  assert.equal(call?.key, "");
});

test("a data key pair counts with the spec of the pair", () => {
  const requestParameters = { keyId: key, keyPairSpec: "RSA_2048" };
  assert.equal(
    countedCall(record({ eventName: "GenerateDataKeyPair", requestParameters }))?.spec,
    "RSA_2048",
  );
});

test("a new key is told with its spec and tags, a failed CreateKey is not", () => {
  const create = {
    eventName: "CreateKey",
    requestParameters: { tags: [{ tagKey: "team", tagValue: "blue" }] },
    responseElements: { keyMetadata: { arn: key, keySpec: "RSA_4096" } },
  };
  const time = Date.parse("2026-11-22T14:59:59Z") / 1_000;
  const tags = { team: "blue" };
  const found = { event: "CreateKey", account: caller, key, time, spec: "RSA_4096", tags };
  assert.deepEqual(keyEvent(record(create)), found);
  const error = { code: "LimitExceededException", message: "" };
  assert.equal(keyEvent(record({ ...create, error })), undefined);
});

test("a replica is told once, by the call that made it", () => {
  const replica = key.replace("us-east-1", "eu-west-1");
  const responseElements = { replicaKeyMetadata: { arn: replica, keySpec: "HMAC_256" } };
  const resources = [keyResource(replica, caller), keyResource(key, caller)];
  const call = record({ eventName: "ReplicateKey", responseElements, resources });
  assert.deepEqual(
    [keyEvent(call)?.event, keyEvent(call)?.key, keyEvent(call)?.spec],
    ["CreateKey", replica, "HMAC_256"],
  );
  const { requestId: _, ...internal } = { ...decrypt, eventName: "CreateKey", resources };
  const value = readJson(formatAuditRecord(internal));
  assert.ok(isJsonObject(value));
  assert.equal(keyEvent(value), undefined);
});

test("a key of the seed is told by its service event", () => {
  const { requestId: _, ...internal } = { ...decrypt, eventName: "CreateKey" };
  const tags = [{ tagKey: "team", tagValue: "blue" }];
  const serviceEventDetails = { keySpec: "SYMMETRIC_DEFAULT", tags };
  const value = readJson(formatAuditRecord({ ...internal, serviceEventDetails }));
  assert.ok(isJsonObject(value));
  const found = keyEvent(value);
  assert.deepEqual(
    [found?.event, found?.key, found?.spec, found?.tags],
    ["CreateKey", key, "SYMMETRIC_DEFAULT", { team: "blue" }],
  );
});
