import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../base/json.ts";
import { readJson } from "../base/json.ts";
import type { AuditEvent } from "./record.ts";
import { formatAuditRecord, longestRecord } from "./record.ts";

const account = "111122223333";
const event: AuditEvent = {
  eventName: "PutKeyPolicy",
  eventSource: "kms.amazonaws.com",
  region: "eu-west-1",
  time: new Date("2026-01-01T00:00:01.900Z"),
  eventId: "6f1dc0c8-0b5a-4b22-9a2c-0d6f1f3a0b01",
  requestId: "11111111-0b5a-4b22-9a2c-0d6f1f3a0b01",
  readOnly: false,
  identity: { type: "internal", account },
  sourceIp: "192.0.2.1",
  userAgent: "test",
  requestParameters: { keyId: "alias/data" },
  responseElements: { keyId: "k" },
  resources: [],
  recipientAccount: account,
};

function recorded(changes: Partial<AuditEvent>): JsonObject {
  const text = formatAuditRecord({ ...event, ...changes });
  assert.ok(Buffer.byteLength(text) <= longestRecord, `${Buffer.byteLength(text)} bytes`);
  return JSON.parse(text) as JsonObject;
}

const bytesOf = (value: JsonObject): number => Buffer.byteLength(JSON.stringify(value));

test("what fits is recorded whole, to the last byte", () => {
  const rest = Buffer.byteLength(
    formatAuditRecord({ ...event, requestParameters: { policy: "" } }),
  );
  const policy = "x".repeat(longestRecord - rest);
  assert.deepEqual(recorded({ requestParameters: { policy } })["requestParameters"], { policy });
  const longer = { policy: `${policy}x` };
  assert.deepEqual(recorded({ requestParameters: longer })["requestParameters"], {
    omitted: true,
    originalSize: bytesOf(longer),
  });
});

test("a field that does not fit is left out whole and says so; the others stay", () => {
  // Every character takes six bytes of JSON.
  const large = { policy: "\u0001".repeat(32_768) };
  const omitted = { omitted: true, originalSize: bytesOf(large) };
  const small = { keyId: "k" };
  for (const [name, recordName] of [
    ["requestParameters", "requestParameters"],
    ["responseElements", "responseElements"],
    ["evidence", "additionalEventData"],
    ["serviceEventDetails", "serviceEventDetails"],
  ] as const) {
    const others = { requestParameters: small, responseElements: small, evidence: small };
    const found = recorded({ ...others, serviceEventDetails: small, [name]: large });
    assert.deepEqual(found[recordName], omitted);
    const kept = ["requestParameters", "responseElements", "additionalEventData"];
    for (const other of kept.filter((each) => each !== recordName))
      assert.deepEqual(found[other], small, other);
  }
});

test("of several large fields only as many go as must, the largest first", () => {
  const larger = { a: "x".repeat(40_000) };
  const smaller = { b: "x".repeat(30_000) };
  const two = recorded({ requestParameters: smaller, responseElements: larger });
  assert.deepEqual(two["requestParameters"], smaller);
  assert.deepEqual(two["responseElements"], { omitted: true, originalSize: bytesOf(larger) });
  const huge = { c: "é".repeat(65_536) };
  const both = recorded({ requestParameters: huge, responseElements: huge });
  for (const name of ["requestParameters", "responseElements"])
    assert.deepEqual(both[name], { omitted: true, originalSize: bytesOf(huge) });
});

test("texts of the caller's are cut at 1 KB, and stay text that a strict reader takes", () => {
  const long = `${"x".repeat(1_023)}\u{1f600}`;
  const text = formatAuditRecord({
    ...event,
    userAgent: long,
    error: { code: "ValidationException", message: long },
    tls: { version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384" },
    host: long,
  });
  const cut = `${"x".repeat(1_023)}\ufffd`;
  const found = readJson(text) as JsonObject;
  assert.deepEqual([found["userAgent"], found["errorMessage"]], [cut, cut]);
  assert.deepEqual(Object.assign({}, found["tlsDetails"]), {
    tlsVersion: "TLSv1.3",
    cipherSuite: "TLS_AES_256_GCM_SHA384",
    clientProvidedHostHeader: cut,
  });
});

test("a record says which kind of event it is, and lists no resources where its service has none", () => {
  const usual = recorded({});
  assert.deepEqual([usual["managementEvent"], usual["eventCategory"]], [true, "Management"]);
  assert.deepEqual(usual["resources"], []);
  const data = recorded({ category: "Data", resources: undefined });
  assert.deepEqual([data["managementEvent"], data["eventCategory"]], [false, "Data"]);
  assert.equal("resources" in data, false);
});
