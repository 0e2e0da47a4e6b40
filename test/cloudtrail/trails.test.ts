import * as assert from "node:assert/strict";
import { test } from "node:test";
import { account } from "../support/keywright.ts";
import { connectTrail, refusedBy, startWithTrail } from "./support.ts";

const server = await startWithTrail();
test.after(() => server.close());
const cloudtrail = connectTrail(server);
const west = connectTrail(server, "admin", "eu-west-1");
server.targets.buckets.set("logs", "ready").set("closed", "refused");
const key = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
server.targets.keys.set("alias/logs", { arn: key }).set(key, { arn: key }).set("no", "refused");

const arnOf = (name: string, region = "us-east-1") =>
  `arn:aws:cloudtrail:${region}:${account}:trail/${name}`;

test("a trail is created, told, changed and deleted", async () => {
  const created = await cloudtrail.createTrail({
    Name: "first",
    S3BucketName: "logs",
    S3KeyPrefix: "a/b/",
    EnableLogFileValidation: true,
    KmsKeyId: "alias/logs",
    TagsList: [{ Key: "team", Value: "audit" }],
  });
  const { $metadata: _, ...settings } = created;
  assert.deepEqual(settings, {
    Name: "first",
    S3BucketName: "logs",
    S3KeyPrefix: "a/b",
    IncludeGlobalServiceEvents: true,
    IsMultiRegionTrail: false,
    TrailARN: arnOf("first"),
    LogFileValidationEnabled: true,
    KmsKeyId: key,
    IsOrganizationTrail: false,
    RecursiveLogging: true,
  });
  assert.deepEqual(server.targets.asked.at(-1), {
    account,
    region: "us-east-1",
    bucket: "logs",
    object: `a/b/AWSLogs/${account}/CloudTrail/`,
    service: "cloudtrail.amazonaws.com",
    source: arnOf("first"),
  });
  const told = { ...settings, HomeRegion: "us-east-1" };
  const marks = { HasCustomEventSelectors: false, HasInsightSelectors: false };
  const { Trail } = await cloudtrail.getTrail({ Name: arnOf("first") });
  assert.deepEqual(Trail, { ...told, ...marks });
  const { trailList } = await cloudtrail.describeTrails({});
  assert.deepEqual(trailList, [Trail]);
  const { Trails } = await cloudtrail.listTrails({});
  assert.deepEqual(Trails, [{ TrailARN: arnOf("first"), Name: "first", HomeRegion: "us-east-1" }]);

  const changed = await cloudtrail.updateTrail({
    Name: "first",
    S3KeyPrefix: "",
    KmsKeyId: "",
    EnableLogFileValidation: false,
  });
  assert.equal(changed.S3KeyPrefix, undefined);
  assert.equal(changed.KmsKeyId, undefined);
  assert.equal(changed.LogFileValidationEnabled, false);
  assert.equal(changed.S3BucketName, "logs");

  await cloudtrail.deleteTrail({ Name: "first" });
  await refusedBy(
    cloudtrail.getTrail({ Name: "first" }),
    "TrailNotFoundException",
    `Unknown trail: ${arnOf("first")} for the user: ${account}`,
  );
});

test("a trail delivers between StartLogging and StopLogging, and its status says since when", async () => {
  await cloudtrail.createTrail({ Name: "status", S3BucketName: "logs" });
  const before = await cloudtrail.getTrailStatus({ Name: "status" });
  assert.equal(before.IsLogging, false);
  assert.equal(before.StartLoggingTime, undefined);
  assert.equal(before.TimeLoggingStarted, "");
  await cloudtrail.startLogging({ Name: "status" });
  const started = await cloudtrail.getTrailStatus({ Name: "status" });
  assert.equal(started.IsLogging, true);
  assert.ok(started.StartLoggingTime instanceof Date);
  assert.equal(
    started.TimeLoggingStarted,
    `${started.StartLoggingTime.toISOString().slice(0, 19)}Z`,
  );
  const [logging] = await server.trails.listStarted();
  assert.equal(logging?.name, "status");
  assert.equal(logging.spans.length, 1);
  await cloudtrail.stopLogging({ Name: "status" });
  const stopped = await cloudtrail.getTrailStatus({ Name: "status" });
  assert.equal(stopped.IsLogging, false);
  assert.deepEqual(stopped.StartLoggingTime, started.StartLoggingTime);
  assert.ok(stopped.StopLoggingTime instanceof Date);
  const [ended] = await server.trails.listStarted();
  assert.ok(ended?.spans[0]?.to !== undefined, "what happened before the stop is still delivered");
  await cloudtrail.deleteTrail({ Name: "status" });
});

test("names are refused by the rule that they break", async () => {
  const rules: readonly (readonly [string, RegExp])[] = [
    [
      "ab",
      /^Trail name too short\. Minimum allowed length: 3 characters\. Specified name length: 2/,
    ],
    ["a".repeat(129), /^Trail name too long\. Maximum allowed length: 128 characters/],
    ["-abc", /^Trail name must starts with a letter or number\.$/],
    ["abc-", /^Trail name must ends with a letter or number\.$/],
    ["a b c", /^Trail name or ARN can only contain uppercase letters/],
    ["my-_name", /adjacent/],
    ["192.168.5.4", /IP address/],
  ];
  for (const [Name, message] of rules) {
    const create = cloudtrail.createTrail({ Name, S3BucketName: "logs" });
    await refusedBy(create, "InvalidTrailNameException", message);
    await refusedBy(cloudtrail.getTrail({ Name }), "InvalidTrailNameException", message);
  }
  for (const Name of [
    "arn:aws:kms:us-east-1:111122223333:key/x",
    "arn:aws:cloudtrail:us-east-1:111122223333:trail/",
    "arn:aws:cloudtrail:us-east-1",
  ])
    await refusedBy(cloudtrail.getTrail({ Name }), "CloudTrailARNInvalidException", /not a valid/);
});

test("what a trail cannot have is refused with its own error", async () => {
  const refusals: readonly (readonly [object, string, RegExp])[] = [
    [{ S3BucketName: "none" }, "S3BucketDoesNotExistException", /^S3 bucket none does not exist!$/],
    [
      { S3BucketName: "closed" },
      "InsufficientS3BucketPolicyException",
      /^Incorrect S3 bucket policy is detected for bucket: closed$/,
    ],
    [{ S3BucketName: "No_Bucket" }, "InvalidS3BucketNameException", /No_Bucket/],
    [{ S3KeyPrefix: "p".repeat(201) }, "InvalidS3PrefixException", /prefix/],
    [{ KmsKeyId: "alias/none" }, "KmsKeyNotFoundException", /alias\/none/],
    [{ KmsKeyId: "no" }, "InsufficientEncryptionPolicyException", /^Insufficient permissions/],
    [{ SnsTopicName: "topic" }, "InsufficientSnsTopicPolicyException", /^SNS Topic does not exist/],
    [
      { CloudWatchLogsLogGroupArn: "arn:aws:logs:us-east-1:1:log-group:x:*" },
      "CloudWatchLogsDeliveryUnavailableException",
      /^Cannot set/,
    ],
    [{ IsOrganizationTrail: true }, "OrganizationsNotInUseException", /not a member/],
    [
      { IsMultiRegionTrail: true, IncludeGlobalServiceEvents: false },
      "InvalidParameterCombinationException",
      /^Multi-Region trail must include global service events\.$/,
    ],
    [{ TagsList: [{ Key: "a" }, { Key: "a" }] }, "InvalidTagParameterException", /unique/],
    [{ TagsList: [{ Key: "aws:a" }] }, "InvalidTagParameterException", /reserved/],
    [
      { TagsList: Array.from({ length: 51 }, (_, each) => ({ Key: `k${each}` })) },
      "TagsLimitExceededException",
      /50/,
    ],
  ];
  for (const [more, code, message] of refusals)
    await refusedBy(
      cloudtrail.createTrail({ Name: "refused", S3BucketName: "logs", ...more }),
      code,
      message,
    );
  assert.deepEqual((await cloudtrail.listTrails({})).Trails, []);
});

test("a region has five trails, and each name once", async () => {
  const names = ["one", "two", "three", "four", "five"];
  for (const Name of names) await cloudtrail.createTrail({ Name, S3BucketName: "logs" });
  await refusedBy(
    cloudtrail.createTrail({ Name: "one", S3BucketName: "logs" }),
    "TrailAlreadyExistsException",
    `Trail one already exists for customer: ${account}`,
  );
  await refusedBy(
    cloudtrail.createTrail({ Name: "six", S3BucketName: "logs" }),
    "MaximumNumberOfTrailsExceededException",
    `User: ${account} already has 5 trails in us-east-1.`,
  );
  await west.createTrail({ Name: "one", S3BucketName: "logs" });
  await refusedBy(
    west.updateTrail({ Name: "one", IsMultiRegionTrail: true }),
    "MaximumNumberOfTrailsExceededException",
    `User: ${account} already has 5 trails in us-east-1.`,
  );
  for (const Name of names) await cloudtrail.deleteTrail({ Name });
  await west.deleteTrail({ Name: "one" });
});

test("two trails of one name at once: one is created", async () => {
  const create = () => cloudtrail.createTrail({ Name: "race", S3BucketName: "logs" });
  const results = await Promise.allSettled([create(), create(), create()]);
  assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
  await cloudtrail.deleteTrail({ Name: "race" });
});

test("a trail for all regions shows in every one, and changes at home only", async () => {
  await cloudtrail.createTrail({ Name: "all", S3BucketName: "logs", IsMultiRegionTrail: true });
  await cloudtrail.createTrail({ Name: "east", S3BucketName: "logs" });
  const names = async (input: Parameters<typeof west.describeTrails>[0]) =>
    (await west.describeTrails(input)).trailList?.map(({ Name, HomeRegion }) => [Name, HomeRegion]);
  assert.deepEqual(await names({}), [["all", "us-east-1"]]);
  assert.deepEqual(await names({ includeShadowTrails: false }), []);
  assert.deepEqual(await names({ trailNameList: ["all", "absent"] }), [["all", "us-east-1"]]);
  assert.deepEqual(await names({ trailNameList: [arnOf("all")] }), [["all", "us-east-1"]]);
  assert.equal((await west.getTrail({ Name: arnOf("all") })).Trail?.Name, "all");
  assert.equal((await west.getTrailStatus({ Name: arnOf("all") })).IsLogging, false);
  // By its name alone it is found at home only.
  await refusedBy(
    west.getTrailStatus({ Name: "all" }),
    "TrailNotFoundException",
    `Unknown trail: ${arnOf("all", "eu-west-1")} for the user: ${account}`,
  );
  for (const change of [
    () => west.startLogging({ Name: arnOf("all") }),
    () => west.stopLogging({ Name: arnOf("all") }),
    () => west.deleteTrail({ Name: arnOf("all") }),
    () => west.updateTrail({ Name: arnOf("all"), S3KeyPrefix: "x" }),
    () => west.putEventSelectors({ TrailName: arnOf("all"), EventSelectors: [{}] }),
  ])
    await refusedBy(change(), "InvalidHomeRegionException", /home region us-east-1/);
  await refusedBy(
    west.getTrail({ Name: arnOf("east") }),
    "CloudTrailARNInvalidException",
    "Region in ARN is wrong, you can only access resources in region eu-west-1.",
  );
  await refusedBy(
    west.createTrail({ Name: "all", S3BucketName: "logs" }),
    "TrailAlreadyExistsException",
    /Trail all already exists/,
  );
  for (const Name of ["all", "east"]) await cloudtrail.deleteTrail({ Name });
});
