import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../base/json.ts";
import type { LookupKey } from "./lookup-attributes.ts";
import { eventResources, eventUsername, lookupAttributes } from "./lookup-attributes.ts";
import type { AuditEvent } from "./record.ts";
import { formatAuditRecord } from "./record.ts";

const account = "111122223333";
const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
const keyArn = `arn:aws:kms:eu-west-1:${account}:key/${keyId}`;

const decrypt: AuditEvent = {
  eventName: "Decrypt",
  eventSource: "kms.amazonaws.com",
  region: "eu-west-1",
  time: new Date("2026-01-01T00:00:01.900Z"),
  eventId: "6f1dc0c8-0b5a-4b22-9a2c-0d6f1f3a0b01",
  requestId: "11111111-0b5a-4b22-9a2c-0d6f1f3a0b01",
  readOnly: true,
  identity: {
    type: "IAMUser",
    principalId: "AIDAEXAMPLEEXAMPLE00",
    arn: `arn:aws:iam::${account}:user/alice`,
    account,
    accessKeyId: "AKIAEXAMPLE00000000A",
    userName: "alice",
  },
  sourceIp: "192.0.2.1",
  userAgent: "test",
  requestParameters: { keyId: "alias/data" },
  responseElements: null,
  resources: [{ arn: keyArn, account, type: "AWS::KMS::Key" }],
  recipientAccount: account,
};

function record(changes: Partial<AuditEvent> = {}): JsonObject {
  return JSON.parse(formatAuditRecord({ ...decrypt, ...changes })) as JsonObject;
}

function valuesOf(found: JsonObject, key: LookupKey): readonly string[] {
  return lookupAttributes(found).attributes.flatMap(([name, value]) =>
    name === key ? [value] : [],
  );
}

test("a call is looked up by everything that CloudTrail lists, in its account, region and second", () => {
  const { attributes, ...place } = lookupAttributes(record());
  assert.deepEqual(place, {
    account,
    region: "eu-west-1",
    time: Date.parse("2026-01-01T00:00:01Z") / 1_000,
    management: true,
  });
  assert.deepEqual(attributes, [
    ["EventId", decrypt.eventId],
    ["EventName", "Decrypt"],
    ["EventSource", "kms.amazonaws.com"],
    ["ReadOnly", "true"],
    ["AccessKeyId", "AKIAEXAMPLE00000000A"],
    ["Username", "alice"],
    ["ResourceName", keyArn],
    ["ResourceName", keyId],
    ["ResourceType", "AWS::KMS::Key"],
  ]);
});

test("an alias is looked up by its ARN alone, and two keys give their type once", () => {
  const alias = `arn:aws:kms:eu-west-1:${account}:alias/data`;
  const resources = [alias, keyArn].map((arn) => ({ arn, account, type: "AWS::KMS::Key" }));
  const found = record({ resources });
  assert.deepEqual(valuesOf(found, "ResourceName"), [alias, keyArn, keyId]);
  assert.deepEqual(valuesOf(found, "ResourceType"), ["AWS::KMS::Key"]);
});

test("who made a call is told by the name that CloudTrail shows", () => {
  const names: readonly (readonly [JsonObject, string | undefined])[] = [
    [{ type: "Root", principalId: account, accountId: account }, "root"],
    [{ type: "IAMUser", principalId: "AIDAX", userName: "alice" }, "alice"],
    [{ type: "AssumedRole", principalId: "AROAX:session-1" }, "session-1"],
    [{ type: "FederatedUser", principalId: `${account}:bob` }, "bob"],
    [{ type: "WebIdentityUser", principalId: "issuer:audience:42", userName: "42" }, "42"],
    [{ type: "AWSService", invokedBy: "cloudtrail.amazonaws.com" }, "cloudtrail.amazonaws.com"],
    [{ accountId: account, invokedBy: "AWS Internal" }, "AWS Internal"],
    [{ type: "AWSAccount", principalId: "AROAX:session-1", accountId: account }, undefined],
  ];
  for (const [userIdentity, name] of names)
    assert.equal(eventUsername({ userIdentity }), name, JSON.stringify(userIdentity));
});

test("what an IAM or STS call names is looked up by name, id and ARN", () => {
  const user = { userName: "bob", userId: "AIDAB", arn: `arn:aws:iam::${account}:user/bob` };
  const created = record({
    eventSource: "iam.amazonaws.com",
    resources: [],
    requestParameters: { userName: "bob" },
    responseElements: { user },
  });
  assert.deepEqual(eventResources(created), [
    { type: "AWS::IAM::User", name: "bob" },
    { type: "AWS::IAM::User", name: "AIDAB" },
    { type: "AWS::IAM::User", name: user.arn },
  ]);
  const assumed = record({
    eventSource: "sts.amazonaws.com",
    resources: [],
    requestParameters: { roleArn: "arn:aws:iam::111122223333:role/App" },
    responseElements: {
      credentials: { accessKeyId: "ASIAEXAMPLE00000000A" },
      assumedRoleUser: { assumedRoleId: "AROAX:s", arn: "arn:aws:sts::1:assumed-role/App/s" },
    },
  });
  assert.deepEqual(valuesOf(assumed, "ResourceName"), [
    "arn:aws:iam::111122223333:role/App",
    "ASIAEXAMPLE00000000A",
    "AROAX:s",
    "arn:aws:sts::1:assumed-role/App/s",
  ]);
});

test("a data event is no management event", () => {
  const found = { ...record(), managementEvent: false, eventCategory: "Data" };
  assert.equal(lookupAttributes(found).management, false);
});
