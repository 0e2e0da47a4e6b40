import * as assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { test } from "node:test";
import { digestSigner } from "../../src/services/cloudtrail/digest-signer.ts";
import { readDeliveries, storeDelivery } from "../../src/services/cloudtrail/tables/deliveries.ts";
import { account } from "../support/keywright.ts";
import { callTrail, connectTrail, refusedBy, startWithTrail } from "./support.ts";

const server = await startWithTrail();
test.after(() => server.close());
const cloudtrail = connectTrail(server);
server.targets.buckets.set("logs", "ready");

const arnOf = (name: string) => `arn:aws:cloudtrail:us-east-1:${account}:trail/${name}`;

test("what CloudTrail does to deliver is in a trail until somebody does not want it", async () => {
  const named = { Name: "recursive", S3BucketName: "logs" };
  assert.equal((await callTrail(server, "CreateTrail", named))["RecursiveLogging"], true);
  const without = { Name: "recursive", RecursiveLogging: false };
  assert.equal((await callTrail(server, "UpdateTrail", without))["RecursiveLogging"], false);
  await cloudtrail.updateTrail({ Name: "recursive", EnableLogFileValidation: true });
  const { Trail: trail } = await callTrail(server, "GetTrail", { Name: "recursive" });
  assert.equal((trail as Record<string, unknown>)["RecursiveLogging"], false);
  const created = { ...named, Name: "quiet", RecursiveLogging: false };
  assert.equal((await callTrail(server, "CreateTrail", created))["RecursiveLogging"], false);
});

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
  const record = server.trail.records.at(-1);
  assert.deepEqual(
    [record?.["eventSource"], record?.["eventName"], record?.["readOnly"]],
    ["cloudtrail.amazonaws.com", "CreateTrail", false],
  );
  assert.deepEqual(record?.["requestParameters"], {
    name: "recorded",
    s3BucketName: "logs",
    isMultiRegionTrail: true,
  });
  assert.deepEqual(record?.["responseElements"], {
    name: "recorded",
    s3BucketName: "logs",
    includeGlobalServiceEvents: true,
    isMultiRegionTrail: true,
    trailARN: arnOf("recorded"),
    logFileValidationEnabled: false,
    isOrganizationTrail: false,
    recursiveLogging: true,
  });
  await cloudtrail.stopLogging({ Name: arnOf("recorded") });
  const stop = server.trail.records.at(-1);
  assert.deepEqual(stop?.["requestParameters"], { name: arnOf("recorded") });
  assert.equal(stop?.["responseElements"], null);
  await cloudtrail.deleteTrail({ Name: "recorded" });
});

test("a trail's status says what came of delivering in all regions, and goes with the trail", async () => {
  await cloudtrail.createTrail({ Name: "delivered", S3BucketName: "logs" });
  const [set] = await server.trails.list(account);
  const id = String(set?.trails.find(({ name }) => name === "delivered")?.id);
  const domain = await server.trails.domain(account);
  const at = (seconds: number) => new Date(1_700_000_000_000 + seconds * 1_000);
  const common = { trail: id, account, position: 0, nextFileAt: at(0), nextDigestAt: at(0) };
  for (const progress of [
    {
      region: "us-east-1",
      filesTried: { lastAt: at(9), succeededAt: at(5), error: "NoSuchBucket" },
      digestsTried: { lastAt: at(7), succeededAt: at(7) },
    },
    { region: "eu-west-1", filesTried: { lastAt: at(8), succeededAt: at(8) } },
  ]) {
    const change = storeDelivery({ ...common, ...progress, files: [], version: 0 }, domain);
    await server.committer.submit({ relied: [], change, records: [] });
  }
  const status = await cloudtrail.getTrailStatus({ Name: "delivered" });
  const { $metadata: _, ...told } = status;
  assert.deepEqual(told, {
    IsLogging: false,
    LatestDeliveryError: "NoSuchBucket",
    LatestDeliveryTime: at(8),
    LatestDeliveryAttemptTime: "2023-11-14T22:13:29Z",
    LatestDeliveryAttemptSucceeded: "2023-11-14T22:13:28Z",
    LatestDigestDeliveryTime: at(7),
    LatestNotificationAttemptTime: "",
    LatestNotificationAttemptSucceeded: "",
    TimeLoggingStarted: "",
    TimeLoggingStopped: "",
  });
  await cloudtrail.deleteTrail({ Name: "delivered" });
  assert.deepEqual(await readDeliveries(server.reader, id, domain), []);
});

test("the public keys of digests are listed for the time in which they sign", async () => {
  assert.deepEqual((await cloudtrail.listPublicKeys({})).PublicKeyList, []);
  const now = new Date(Math.floor(Date.now() / 1_000) * 1_000);
  const signer = await digestSigner(server.digestKeys, "us-east-1", now);
  const { relied, change } = signer;
  await server.committer.submit({ relied, change, records: [] });
  const { PublicKeyList = [] } = await cloudtrail.listPublicKeys({});
  const [key] = PublicKeyList;
  assert.equal(PublicKeyList.length, 1);
  assert.equal(key?.Fingerprint, signer.fingerprint);
  const today = new Date(now.getTime() - (now.getTime() % 86_400_000));
  assert.deepEqual(key?.ValidityStartTime, today);
  const der = Buffer.from(key?.Value ?? []);
  const publicKey = createPublicKey({ key: der, type: "pkcs1", format: "der" });
  const signature = Buffer.from(await signer.sign("digest"), "hex");
  assert.ok(verify("sha256", Buffer.from("digest"), publicKey, signature));
  const before = { StartTime: new Date(0), EndTime: new Date(today.getTime() - 1_000) };
  assert.deepEqual((await cloudtrail.listPublicKeys(before)).PublicKeyList, []);
  const west = connectTrail(server, "admin", "eu-west-1");
  assert.deepEqual((await west.listPublicKeys({})).PublicKeyList, []);
  await refusedBy(
    cloudtrail.listPublicKeys({ StartTime: new Date(2_000), EndTime: new Date(1_000) }),
    "InvalidTimeRangeException",
    /after the end/,
  );
});
