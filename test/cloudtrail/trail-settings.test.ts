import * as assert from "node:assert/strict";
import { test } from "node:test";
import { account } from "../support/keywright.ts";
import { connectTrail, refusedBy, startWithTrail } from "./support.ts";

const server = await startWithTrail();
test.after(() => server.close());
const cloudtrail = connectTrail(server);
server.targets.buckets.set("logs", "ready");

const arnOf = (name: string) => `arn:aws:cloudtrail:us-east-1:${account}:trail/${name}`;

test("event selectors are kept as they were put, in either form", async () => {
  await cloudtrail.createTrail({ Name: "chosen", S3BucketName: "logs" });
  const usual = await cloudtrail.getEventSelectors({ TrailName: "chosen" });
  assert.deepEqual(usual.EventSelectors, [
    {
      ReadWriteType: "All",
      IncludeManagementEvents: true,
      DataResources: [],
      ExcludeManagementEventSources: [],
    },
  ]);
  const EventSelectors = [
    {
      ReadWriteType: "WriteOnly" as const,
      IncludeManagementEvents: true,
      DataResources: [{ Type: "AWS::S3::Object", Values: ["arn:aws:s3:::logs/"] }],
      ExcludeManagementEventSources: ["kms.amazonaws.com"],
    },
  ];
  const put = await cloudtrail.putEventSelectors({ TrailName: "chosen", EventSelectors });
  assert.deepEqual([put.TrailARN, put.EventSelectors], [arnOf("chosen"), EventSelectors]);
  const AdvancedEventSelectors = [
    {
      Name: "writes",
      FieldSelectors: [
        { Field: "eventCategory", Equals: ["Management"] },
        { Field: "readOnly", Equals: ["false"] },
      ],
    },
  ];
  await cloudtrail.putEventSelectors({ TrailName: "chosen", AdvancedEventSelectors });
  const got = await cloudtrail.getEventSelectors({ TrailName: "chosen" });
  assert.deepEqual(got.AdvancedEventSelectors, AdvancedEventSelectors);
  assert.equal(got.EventSelectors, undefined);
  assert.equal(
    (await cloudtrail.getTrail({ Name: "chosen" })).Trail?.HasCustomEventSelectors,
    true,
  );
  const refused: readonly object[] = [
    {},
    { EventSelectors: [] },
    { EventSelectors: Array.from({ length: 6 }, () => ({})) },
    { EventSelectors, AdvancedEventSelectors },
    { EventSelectors: [{ DataResources: [{ Type: "AWS::X", Values: ["arn"] }] }] },
    { EventSelectors: [{ ExcludeManagementEventSources: ["iam.amazonaws.com"] }] },
    { AdvancedEventSelectors: [{ FieldSelectors: [{ Field: "readOnly", Equals: ["true"] }] }] },
    {
      AdvancedEventSelectors: [{ FieldSelectors: [{ Field: "eventCategory", Equals: ["Data"] }] }],
    },
  ];
  for (const selectors of refused)
    await refusedBy(
      cloudtrail.putEventSelectors({ TrailName: "chosen", ...selectors }),
      "InvalidEventSelectorsException",
      /./,
    );
  await cloudtrail.deleteTrail({ Name: "chosen" });
});

test("tags are added, listed and removed by the trail's ARN", async () => {
  await cloudtrail.createTrail({ Name: "tagged", S3BucketName: "logs" });
  const ResourceId = arnOf("tagged");
  const tags = async () =>
    (await cloudtrail.listTags({ ResourceIdList: [ResourceId] })).ResourceTagList;
  await cloudtrail.addTags({ ResourceId, TagsList: [{ Key: "a", Value: "1" }, { Key: "b" }] });
  assert.deepEqual(await tags(), [
    {
      ResourceId,
      TagsList: [
        { Key: "a", Value: "1" },
        { Key: "b", Value: "" },
      ],
    },
  ]);
  await cloudtrail.removeTags({ ResourceId, TagsList: [{ Key: "a" }, { Key: "absent" }] });
  assert.deepEqual(await tags(), [{ ResourceId, TagsList: [{ Key: "b", Value: "" }] }]);
  await refusedBy(
    cloudtrail.addTags({ ResourceId: "tagged", TagsList: [] }),
    "CloudTrailARNInvalidException",
    /not a valid/,
  );
  await refusedBy(
    cloudtrail.listTags({ ResourceIdList: [arnOf("absent")] }),
    "TrailNotFoundException",
    /Unknown trail/,
  );
  await refusedBy(
    cloudtrail.listTags({
      ResourceIdList: [`arn:aws:cloudtrail:us-east-1:${account}:eventdatastore/x`],
    }),
    "ResourceTypeNotSupportedException",
    /eventdatastore/,
  );
  await cloudtrail.deleteTrail({ Name: "tagged" });
});

test("a trail of another account is out of reach, by ARN too", async () => {
  await cloudtrail.createTrail({ Name: "mine", S3BucketName: "logs" });
  const other = connectTrail(server, "other");
  assert.deepEqual((await other.describeTrails({})).trailList, []);
  await refusedBy(
    other.stopLogging({ Name: arnOf("mine") }),
    "AccessDeniedException",
    /cloudtrail:StopLogging/,
  );
  await cloudtrail.deleteTrail({ Name: "mine" });
});

test("a change of a trail is recorded with what was asked and what came of it", async () => {
  await cloudtrail.createTrail({
    Name: "recorded",
    S3BucketName: "logs",
    IsMultiRegionTrail: true,
  });
  const record = JSON.parse(String(server.trail.texts.at(-1)));
  assert.deepEqual(
    [record.eventSource, record.eventName, record.readOnly],
    ["cloudtrail.amazonaws.com", "CreateTrail", false],
  );
  assert.deepEqual(record.requestParameters, {
    name: "recorded",
    s3BucketName: "logs",
    isMultiRegionTrail: true,
  });
  assert.deepEqual(record.responseElements, {
    name: "recorded",
    s3BucketName: "logs",
    includeGlobalServiceEvents: true,
    isMultiRegionTrail: true,
    trailARN: arnOf("recorded"),
    logFileValidationEnabled: false,
    isOrganizationTrail: false,
  });
  await cloudtrail.stopLogging({ Name: arnOf("recorded") });
  const stop = JSON.parse(String(server.trail.texts.at(-1)));
  assert.deepEqual(stop.requestParameters, { name: arnOf("recorded") });
  assert.equal(stop.responseElements, null);
  await cloudtrail.deleteTrail({ Name: "recorded" });
});
