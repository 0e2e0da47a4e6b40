import * as assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { CreateBucketCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { installed, runClient, withoutClient } from "../conformance/clients.ts";
import { connectIam } from "../iam/support.ts";
import { connectS3 } from "../s3/support.ts";
import { assume, connectSts, kmsAs, makeRole, roleArn, trusting } from "../sts/support.ts";
import { account, startKeywright } from "../support/keywright.ts";
import { connectTrail, refusedBy } from "./support.ts";

const readOnly = "arn:aws:iam::aws:policy/AWSCloudTrail_ReadOnlyAccess";
const server = await startKeywright();
test.after(() => server.close());
const iam = connectIam(server);
const admin = connectTrail(server);

/** The bucket policy that CloudTrail's guide asks for, here for all trails of the account. */
function documentedPolicy(bucket: string): object {
  const service = { Effect: "Allow", Principal: { Service: "cloudtrail.amazonaws.com" } };
  const ofTrails = { "aws:SourceArn": `arn:aws:cloudtrail:*:${account}:trail/*` };
  return {
    Version: "2012-10-17",
    Statement: [
      {
        ...{ Sid: "AWSCloudTrailAclCheck", ...service, Action: "s3:GetBucketAcl" },
        Resource: `arn:aws:s3:::${bucket}`,
        Condition: { StringLike: ofTrails },
      },
      {
        ...{ Sid: "AWSCloudTrailWrite", ...service, Action: "s3:PutObject" },
        Resource: `arn:aws:s3:::${bucket}/AWSLogs/${account}/*`,
        Condition: {
          StringEquals: { "s3:x-amz-acl": "bucket-owner-full-control" },
          StringLike: ofTrails,
        },
      },
    ],
  };
}

before(async () => {
  const s3 = connectS3(server);
  await s3.send(new CreateBucketCommand({ Bucket: "audit-logs" }));
  const Policy = JSON.stringify(documentedPolicy("audit-logs"));
  await s3.send(new PutBucketPolicyCommand({ Bucket: "audit-logs", Policy }));
  await makeRole(iam, "Auditor", { trust: trusting(account), attached: [readOnly] });
  await admin.createTrail({ Name: "audit", S3BucketName: "audit-logs" });
  await admin.startLogging({ Name: "audit" });
  await kmsAs(server, "admin").createKey({});
});

test("a role with AWS's read-only policy looks up and describes, and changes nothing", async () => {
  const session = await assume(connectSts(server), roleArn("Auditor"));
  const auditor = connectTrail(server, session);
  const Name = "audit";
  const ResourceId = `arn:aws:cloudtrail:us-east-1:${account}:trail/audit`;
  const { Events = [] } = await auditor.lookupEvents({
    LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "CreateKey" }],
  });
  assert.equal(Events.length, 1);
  assert.equal((await auditor.describeTrails({})).trailList?.length, 1);
  assert.equal((await auditor.listTrails({})).Trails?.length, 1);
  assert.equal((await auditor.getTrail({ Name })).Trail?.Name, Name);
  assert.equal((await auditor.getTrailStatus({ Name })).IsLogging, true);
  await auditor.getEventSelectors({ TrailName: Name });
  await auditor.listPublicKeys({});
  await auditor.listTags({ ResourceIdList: [ResourceId] });
  const TagsList = [{ Key: "a", Value: "1" }];
  for (const [action, call] of [
    ["StopLogging", () => auditor.stopLogging({ Name })],
    ["StartLogging", () => auditor.startLogging({ Name })],
    ["UpdateTrail", () => auditor.updateTrail({ Name, S3KeyPrefix: "x" })],
    ["DeleteTrail", () => auditor.deleteTrail({ Name })],
    [
      "PutEventSelectors",
      () => auditor.putEventSelectors({ TrailName: Name, EventSelectors: [{}] }),
    ],
    ["CreateTrail", () => auditor.createTrail({ Name: "second", S3BucketName: "audit-logs" })],
    ["AddTags", () => auditor.addTags({ ResourceId, TagsList })],
    ["RemoveTags", () => auditor.removeTags({ ResourceId, TagsList })],
  ] as const)
    await refusedBy(
      call(),
      "AccessDeniedException",
      new RegExp(
        `is not authorized to perform: cloudtrail:${action} on resource: arn:aws:cloudtrail`,
      ),
    );
  assert.equal((await auditor.getTrailStatus({ Name })).IsLogging, true);
});

test("who may nothing is refused every operation, whether what it names exists or not", async () => {
  const nobody = connectTrail(server, "nobody");
  const ResourceId = `arn:aws:cloudtrail:us-east-1:${account}:trail/absent`;
  for (const call of [
    () => nobody.lookupEvents({}),
    () => nobody.describeTrails({}),
    () => nobody.listTrails({}),
    () => nobody.listPublicKeys({}),
    () => nobody.getTrail({ Name: "absent" }),
    () => nobody.getTrailStatus({ Name: "audit" }),
    () => nobody.getEventSelectors({ TrailName: "absent" }),
    () => nobody.listTags({ ResourceIdList: [ResourceId] }),
  ])
    await refusedBy(
      call(),
      "AccessDeniedException",
      /no identity-based policy allows the cloudtrail:/,
    );
});

test("policies tell trails apart by ARN and by tags", async () => {
  const trail = (name: string) => `arn:aws:cloudtrail:*:${account}:trail/${name}`;
  const policy = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "cloudtrail:StopLogging",
        Resource: "*",
        Condition: { StringEquals: { "aws:ResourceTag/team": "a" } },
      },
      {
        Effect: "Allow",
        Action: ["cloudtrail:GetTrail", "cloudtrail:ListTags"],
        Resource: trail("own-*"),
      },
      {
        Effect: "Allow",
        Action: ["cloudtrail:CreateTrail", "cloudtrail:AddTags"],
        Resource: trail("own-*"),
        Condition: { StringEquals: { "aws:RequestTag/team": "a" } },
      },
    ],
  };
  await makeRole(iam, "Team", { trust: trusting(account), policy });
  const team = connectTrail(server, await assume(connectSts(server), roleArn("Team")));
  const create = (Name: string, Value: string) =>
    team.createTrail({ Name, S3BucketName: "audit-logs", TagsList: [{ Key: "team", Value }] });
  await create("own-1", "a");
  const denied = (call: Promise<unknown>) =>
    refusedBy(call, "AccessDeniedException", /cloudtrail:/);
  await denied(create("own-2", "b"));
  await denied(create("other", "a"));
  await team.stopLogging({ Name: "own-1" });
  await denied(team.stopLogging({ Name: "audit" }));
  await team.getTrail({ Name: "own-1" });
  await denied(team.getTrail({ Name: "audit" }));
  const arn = (name: string) => `arn:aws:cloudtrail:us-east-1:${account}:trail/${name}`;
  await team.listTags({ ResourceIdList: [arn("own-1")] });
  await denied(team.listTags({ ResourceIdList: [arn("own-1"), arn("audit")] }));
});

describe("the AWS CLI", () => {
  for (const program of installed("aws"))
    test(`${program}: an auditor looks up and describes, and cannot stop logging`, async () => {
      const folder = join(server.folder, "..", `cli-${program.replaceAll("/", "-")}`);
      mkdirSync(join(folder, ".aws"), { recursive: true });
      const session = await assume(connectSts(server), roleArn("Auditor"));
      writeFileSync(
        join(folder, ".aws", "config"),
        `[profile auditor]
aws_access_key_id = ${session.accessKeyId}
aws_secret_access_key = ${session.secretAccessKey}
aws_session_token = ${session.sessionToken}
region = us-east-1
`,
      );
      const run = (...args: readonly string[]) =>
        runClient(server, folder, program, [
          ...["--profile", "auditor", "--output", "json", "--endpoint-url", server.url],
          ...["cloudtrail", ...args],
        ]);
      const attribute = "AttributeKey=EventName,AttributeValue=CreateKey";
      const found = await run("lookup-events", "--lookup-attributes", attribute);
      assert.equal(found.code, 0, found.error);
      assert.match(found.out, /"EventName": "CreateKey"/);
      assert.match(found.out, /"CloudTrailEvent": "\{\\"eventVersion\\":\\"1\.11\\"/);
      const described = await run("describe-trails");
      assert.match(described.out, /"Name": "audit"/);
      const stopped = await run("stop-logging", "--name", "audit");
      assert.notEqual(stopped.code, 0);
      assert.match(stopped.error, /AccessDenied.*cloudtrail:StopLogging/);
      const status = await run("get-trail-status", "--name", "audit");
      assert.match(status.out, /"IsLogging": true/);
    });
  test("the distribution's is tested", (context) => {
    if (!installed("aws").includes("/usr/bin/aws")) withoutClient(context, "the AWS CLI");
  });
});
