import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../base/json.ts";
import { selects } from "./selected.ts";
import type { EventSelector, FieldSelector, Selectors } from "./selectors.ts";
import type { Trail } from "./trail.ts";

const trail: Trail = {
  id: "t",
  account: "111122223333",
  homeRegion: "us-east-1",
  name: "trail",
  bucket: "logs",
  multiRegion: false,
  globalEvents: true,
  validation: true,
  tags: {},
  logging: true,
  spans: [{ from: 0 }],
};

const call: JsonObject = {
  awsRegion: "us-east-1",
  eventSource: "kms.amazonaws.com",
  eventName: "Encrypt",
  eventCategory: "Management",
  readOnly: true,
  resources: [{ type: "AWS::KMS::Key", ARN: "arn:aws:kms:us-east-1:111122223333:key/k" }],
};
const write: JsonObject = { ...call, eventName: "DisableKey", readOnly: false };
const put: JsonObject = {
  ...write,
  eventSource: "s3.amazonaws.com",
  eventName: "PutObject",
  eventCategory: "Data",
  resources: [{ type: "AWS::S3::Object", ARN: "arn:aws:s3:::logs/a" }],
};

const withBasic = (...basic: readonly Partial<EventSelector>[]): Trail => ({
  ...trail,
  selectors: {
    basic: basic.map((each) => ({
      ...{ readWrite: "All" as const, management: true, dataResources: [], excluded: [] },
      ...each,
    })),
  },
});
const withAdvanced = (...fields: readonly FieldSelector[]): Trail => ({
  ...trail,
  selectors: { advanced: [{ fields }] } satisfies Selectors,
});

test("what CloudTrail does to deliver is left out by who does not want it", () => {
  const own = { ...call, sourceIPAddress: "cloudtrail.amazonaws.com" };
  assert.equal(selects(trail, own), true);
  assert.equal(selects({ ...trail, recursive: true }, own), true);
  const without = { ...trail, recursive: false };
  assert.equal(selects(without, own), false);
  assert.equal(selects(without, { ...call, sourceIPAddress: "192.0.2.7" }), true);
});

test("without a choice a trail delivers all management events of its region, and no data events", () => {
  assert.equal(selects(trail, call), true);
  assert.equal(selects(trail, write), true);
  assert.equal(selects(trail, put), false);
  assert.equal(selects(trail, { ...call, awsRegion: "eu-west-1" }), false);
  assert.equal(selects({ ...trail, multiRegion: true }, { ...call, awsRegion: "eu-west-1" }), true);
});

test("events of services without a region can be left out", () => {
  for (const eventSource of [
    "iam.amazonaws.com",
    "sts.amazonaws.com",
    "organizations.amazonaws.com",
  ]) {
    assert.equal(selects(trail, { ...call, eventSource }), true);
    assert.equal(selects({ ...trail, globalEvents: false }, { ...call, eventSource }), false);
  }
  assert.equal(selects({ ...trail, globalEvents: false }, call), true);
});

test("basic selectors choose reads or writes, leave out sources, and take the data events that they name", () => {
  assert.equal(selects(withBasic({ readWrite: "ReadOnly" }), call), true);
  assert.equal(selects(withBasic({ readWrite: "ReadOnly" }), write), false);
  assert.equal(selects(withBasic({ readWrite: "WriteOnly" }), call), false);
  assert.equal(selects(withBasic({ readWrite: "WriteOnly" }), write), true);
  assert.equal(selects(withBasic({ management: false }), call), false);
  const excluded = ["kms.amazonaws.com"];
  assert.equal(selects(withBasic({ excluded }), call), false);
  assert.equal(selects(withBasic({ excluded }, { readWrite: "WriteOnly" }), write), true);
  const of = (value: string) => [{ type: "AWS::S3::Object", values: [value] }];
  assert.equal(selects(withBasic({ dataResources: of("arn:aws:s3:::logs/") }), put), true);
  assert.equal(selects(withBasic({ dataResources: of("arn:aws:s3:::other/") }), put), false);
  assert.equal(
    selects(withBasic({ dataResources: of("arn:aws:s3"), readWrite: "ReadOnly" }), put),
    false,
  );
});

test("of an advanced selector every field must hold, by each of its operators", () => {
  const category: FieldSelector = { field: "eventCategory", conditions: { Equals: ["Data"] } };
  const name = (conditions: FieldSelector["conditions"]): Trail =>
    withAdvanced(category, { field: "eventName", conditions });
  assert.equal(selects(withAdvanced(category), put), true);
  assert.equal(selects(withAdvanced(category), call), false);
  const cases: readonly (readonly [FieldSelector["conditions"], boolean])[] = [
    [{ Equals: ["GetObject", "PutObject"] }, true],
    [{ Equals: ["GetObject"] }, false],
    [{ StartsWith: ["Put"] }, true],
    [{ StartsWith: ["Object"] }, false],
    [{ EndsWith: ["Object"] }, true],
    [{ EndsWith: ["Put"] }, false],
    [{ NotEquals: ["GetObject"] }, true],
    [{ NotEquals: ["GetObject", "PutObject"] }, false],
    [{ NotStartsWith: ["Put"] }, false],
    [{ NotEndsWith: ["Objects"] }, true],
    [{ NotEndsWith: ["Object"] }, false],
    [{ StartsWith: ["Put"], NotEquals: ["PutObject"] }, false],
  ];
  for (const [conditions, expected] of cases)
    assert.equal(selects(name(conditions), put), expected, JSON.stringify(conditions));
  const field = (name: string, value: string): Trail =>
    withAdvanced(category, { field: name, conditions: { Equals: [value] } });
  assert.equal(selects(field("resources.type", "AWS::S3::Object"), put), true);
  assert.equal(selects(field("resources.ARN", "arn:aws:s3:::logs/b"), put), false);
  assert.equal(selects(field("readOnly", "false"), put), true);
  assert.equal(selects(field("readOnly", "true"), put), false);
});
