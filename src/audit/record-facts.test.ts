import * as assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { JsonObject } from "../base/json.ts";
import { lookupAttributes } from "./lookup-attributes.ts";
import type { AuditEvent } from "./record.ts";
import { formatAuditRecord } from "./record.ts";
import { recordFacts } from "./record-facts.ts";
import { countedCall, keyEvent } from "./usage.ts";

const account = "111122223333";
const keyArn = (digit: number): string =>
  `arn:aws:kms:eu-west-1:${account}:key/1234abcd-12ab-34cd-56ef-12345678900${digit}`;
const id = (digit: number): string => `6f1dc0c8-0b5a-4b22-9a2c-0d6f1f3a0b0${digit}`;

function eventOf(changes: Partial<AuditEvent> = {}): AuditEvent {
  return {
    eventName: "Decrypt",
    eventSource: "kms.amazonaws.com",
    region: "eu-west-1",
    time: new Date("2026-01-01T00:00:01Z"),
    eventId: id(1),
    requestId: id(2),
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
    requestParameters: { encryptionContext: { purpose: "test" } },
    responseElements: null,
    resources: [{ arn: keyArn(0), account, type: "AWS::KMS::Key" }],
    recipientAccount: account,
    ...changes,
  };
}

/** The facts, read from the whole record. */
function expected(text: string) {
  const record = JSON.parse(text) as JsonObject;
  const { time, attributes: all, ...scope } = lookupAttributes(record);
  const attributes = all.filter(([key]) => key !== "EventId");
  return {
    eventId: record["eventID"],
    time,
    shared: { ...scope, attributes, line: countedCall(record) },
    keyEvent: keyEvent(record),
  };
}

function assertFacts(event: AuditEvent): void {
  const text = formatAuditRecord(event);
  assert.deepEqual(recordFacts(text), expected(text), text);
}

test("records that differ in ids, time and parameters share what is kept of them", () => {
  const facts = [0, 1, 2].map((digit) =>
    recordFacts(
      formatAuditRecord(
        eventOf({
          time: new Date(`2026-01-01T0${digit}:00:00Z`),
          eventId: id(digit),
          requestId: id(digit + 3),
          requestParameters: { encryptionContext: { number: digit } },
          evidence: { keyMaterialId: `${digit}` },
        }),
      ),
    ),
  );
  assert.equal(facts[1]?.shared, facts[0]?.shared);
  assert.equal(facts[2]?.shared, facts[0]?.shared);
  assert.deepEqual(
    facts.map(({ eventId, time }) => [eventId, time]),
    [0, 1, 2].map((digit) => [id(digit), Date.parse(`2026-01-01T0${digit}:00:00Z`) / 1_000]),
  );
});

test("what a record says is its own, whatever came before", () => {
  const changes: readonly Partial<AuditEvent>[] = [
    { eventName: "Encrypt" },
    { readOnly: false },
    { region: "us-east-1" },
    { sourceIp: "192.0.2.2" },
    { resources: [{ arn: keyArn(1), account, type: "AWS::KMS::Key" }] },
    { resources: undefined },
    { error: { code: "AccessDeniedException", message: "no" } },
    { error: { code: "ThrottlingException", message: "no" } },
    { identity: { type: "internal", account } },
    { recipientAccount: "444455556666", sharedEventId: id(9) },
    { sharedEventId: id(9) },
    { category: "Data" },
    { eventSource: "s3.amazonaws.com" },
    { eventName: "GenerateDataKeyPair", requestParameters: { keyPairSpec: "RSA_2048" } },
    { eventName: "GenerateDataKeyPair", requestParameters: { keyPairSpec: "RSA_4096" } },
    { eventName: "TagResource", requestParameters: { tags: [{ tagKey: "a", tagValue: "1" }] } },
    { eventName: "TagResource", requestParameters: { tags: [{ tagKey: "a", tagValue: "2" }] } },
    {
      eventSource: "iam.amazonaws.com",
      eventName: "Decrypt",
      requestParameters: { userName: "a" },
    },
    {
      eventSource: "iam.amazonaws.com",
      eventName: "Decrypt",
      requestParameters: { userName: "b" },
    },
    { eventName: "RotateKey", serviceEventDetails: { keyId: keyArn(0) } },
    { eventId: "short" },
    { requestId: "short" },
    {},
  ];
  for (const first of changes)
    for (const second of changes) {
      assertFacts(eventOf(first));
      assertFacts(eventOf(second));
    }
});

/** Text that looks like what is looked for in a record. */
const text = fc.oneof(
  fc.constantFrom(
    ...['","eventID":"', ',"requestID":"', ',"eventTime":"', ',"requestParameters":', "eventID"],
    ...['a","eventID":"6f1dc0c8-0b5a-4b22-9a2c-0d6f1f3a0b09"', "\\", '\\"', "é", "\u2028"],
  ),
  fc.string({ maxLength: 6 }),
);
const told = fc.dictionary(text, fc.oneof(text, fc.dictionary(text, text, { maxKeys: 2 })), {
  maxKeys: 3,
});

test("nothing that a client writes changes where a record is read", () => {
  const event = fc
    .record({
      eventName: fc.constantFrom("Decrypt", "Encrypt", "ReEncrypt"),
      time: fc.constantFrom(1, 2, 3).map((hour) => new Date(Date.UTC(2026, 0, 1, hour))),
      eventId: fc.constantFrom(id(1), id(2)),
      requestId: fc.constantFrom(id(3), id(4)),
      userAgent: text,
      requestParameters: fc.option(told),
      responseElements: fc.option(told),
      evidence: fc.option(told, { nil: undefined }),
      error: fc.option(fc.record({ code: fc.constant("NotFoundException"), message: text }), {
        nil: undefined,
      }),
      resources: fc.constantFrom(
        undefined,
        [],
        [{ arn: keyArn(0), account, type: "AWS::KMS::Key" }],
        [0, 1].map((digit) => ({ arn: keyArn(digit), account, type: "AWS::KMS::Key" })),
      ),
      host: text,
      tls: fc.constantFrom(undefined, { version: "TLSv1.3", cipher: "a" }),
    })
    .map((changes) => eventOf(changes));
  fc.assert(fc.property(event, assertFacts), { numRuns: 2_000 });
});
