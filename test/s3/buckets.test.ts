import * as assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { S3Client } from "@aws-sdk/client-s3";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
} from "@aws-sdk/client-s3";
import { auditOf } from "../conformance/support.ts";
import type { TestServer, TestUser } from "../support/keywright.ts";
import { account, otherAccount, startKeywright } from "../support/keywright.ts";
import { connectS3, deliveryPolicy, putAll } from "./support.ts";

const manager = `arn:aws:iam::${account}:user/manager`;
const otherAdmin = `arn:aws:iam::${otherAccount}:user/admin`;

function policyFor(bucket: string, ...statements: readonly object[]): string {
  const usual = {
    Effect: "Allow",
    Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
  };
  const Statement = statements.map((each) => ({ ...usual, ...each }));
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

describe("buckets", () => {
  let server: TestServer;
  const s3 = (who: TestUser = "admin", region = "us-east-1"): S3Client =>
    connectS3(server, who, { region });
  let made = 0;
  async function newBucket(region = "us-east-1"): Promise<string> {
    made += 1;
    const Bucket = `bucket-number-${made}`;
    await s3("admin", region).send(
      new CreateBucketCommand({
        Bucket,
        ...(region === "us-east-1"
          ? {}
          : { CreateBucketConfiguration: { LocationConstraint: region as "eu-west-1" } }),
      }),
    );
    return Bucket;
  }
  const setPolicy = (Bucket: string, Policy: string, who: TestUser = "admin") =>
    s3(who).send(new PutBucketPolicyCommand({ Bucket, Policy }));

  before(async () => {
    server = await startKeywright();
  });
  after(() => server.close());

  test("have names that are their own in all accounts and regions", async () => {
    const Bucket = await newBucket();
    await s3().send(new CreateBucketCommand({ Bucket }));
    await assert.rejects(s3("other").send(new CreateBucketCommand({ Bucket })), {
      name: "BucketAlreadyExists",
    });
    const elsewhere = await newBucket("eu-west-1");
    await assert.rejects(
      s3("admin", "eu-west-1").send(
        new CreateBucketCommand({
          Bucket: elsewhere,
          CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
        }),
      ),
      { name: "BucketAlreadyOwnedByYou" },
    );
  });

  for (const Bucket of ["ab", "Upper", "under_score", "a..b", "192.168.0.1", "-a-", "xn--abc"])
    test(`cannot be called ${Bucket}`, async () => {
      await assert.rejects(s3().send(new CreateBucketCommand({ Bucket })), {
        name: "InvalidBucketName",
      });
    });

  test("are in the region that they were made in", async () => {
    const usual = await newBucket();
    const other = await newBucket("eu-west-1");
    const locationOf = async (Bucket: string, region?: string) =>
      (await s3("admin", region).send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint;
    assert.equal(await locationOf(usual), undefined);
    assert.equal(await locationOf(other), "eu-west-1");
    assert.equal(await locationOf(other, "eu-west-1"), "eu-west-1");
    const head = await s3("admin", "eu-west-1").send(new HeadBucketCommand({ Bucket: other }));
    assert.equal(head.BucketRegion, "eu-west-1");
    await assert.rejects(
      s3().send(new ListObjectsV2Command({ Bucket: other })),
      (error: { name: string; $response?: { headers: Readonly<Record<string, string>> } }) => {
        assert.equal(error.name, "PermanentRedirect");
        assert.equal(error.$response?.headers["x-amz-bucket-region"], "eu-west-1");
        return true;
      },
    );
  });

  test("must be where the request for a new one goes, but for us-east-1", async () => {
    const create = (region: string, LocationConstraint?: "eu-west-1" | "eu-central-1") =>
      s3("admin", region).send(
        new CreateBucketCommand({
          Bucket: "never-made",
          ...(LocationConstraint && { CreateBucketConfiguration: { LocationConstraint } }),
        }),
      );
    await assert.rejects(create("eu-west-1", "eu-central-1"), {
      name: "IllegalLocationConstraintException",
    });
  });

  test("are listed for their account alone", async () => {
    const Bucket = await newBucket();
    const names = async (who: TestUser) =>
      (await s3(who).send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name) ?? [];
    assert.ok((await names("admin")).includes(Bucket));
    assert.deepEqual(await names("other"), []);
    await assert.rejects(names("nobody"), { name: "AccessDenied" });
  });

  test("are gone once deleted, and their names are free", async () => {
    const Bucket = await newBucket();
    await s3().send(new DeleteBucketCommand({ Bucket }));
    await assert.rejects(s3().send(new ListObjectsV2Command({ Bucket })), { name: "NoSuchBucket" });
    await s3("other").send(new CreateBucketCommand({ Bucket }));
  });

  test("show their policy as it was put, and without it none", async () => {
    const Bucket = await newBucket();
    const show = async () => (await s3().send(new GetBucketPolicyCommand({ Bucket }))).Policy ?? "";
    await assert.rejects(show(), { name: "NoSuchBucketPolicy" });
    const policy = policyFor(Bucket, { Principal: { AWS: manager }, Action: "s3:ListBucket" });
    await setPolicy(Bucket, policy);
    assert.deepEqual(JSON.parse(await show()), JSON.parse(policy));
    await s3().send(new DeleteBucketPolicyCommand({ Bucket }));
    await assert.rejects(show(), { name: "NoSuchBucketPolicy" });
  });

  for (const [what, statement] of [
    ["another bucket", { Principal: "*", Action: "s3:*", Resource: "arn:aws:s3:::another/*" }],
    ["another service's actions", { Principal: "*", Action: "kms:Decrypt" }],
    ["nobody", { Action: "s3:*" }],
    [
      "somebody who does not exist",
      { Principal: { AWS: `arn:aws:iam::${account}:user/nosuch` }, Action: "s3:*" },
    ],
  ] as const)
    test(`refuse a policy about ${what}`, async () => {
      const Bucket = await newBucket();
      const refused = setPolicy(Bucket, policyFor(Bucket, statement));
      await assert.rejects(refused, { name: "MalformedPolicy" });
    });

  test("let in whom their policy or an identity policy of their account allows, and nobody else", async () => {
    const Bucket = await newBucket();
    const list = (who: TestUser) => s3(who).send(new ListObjectsV2Command({ Bucket }));
    await assert.rejects(list("manager"), { name: "AccessDenied" });
    await setPolicy(
      Bucket,
      policyFor(Bucket, { Principal: { AWS: manager }, Action: "s3:ListBucket" }),
    );
    await list("manager");
    await list("admin");
    await assert.rejects(list("nobody"), { name: "AccessDenied" });
  });

  test("let in another account when both sides allow, and tell it nothing of why not", async () => {
    const Bucket = await newBucket();
    const list = () => s3("other").send(new ListObjectsV2Command({ Bucket }));
    await assert.rejects(list(), { name: "AccessDenied", message: "Access Denied" });
    await setPolicy(
      Bucket,
      policyFor(Bucket, { Principal: { AWS: otherAdmin }, Action: "s3:ListBucket" }),
    );
    await list();
  });

  test("ask for the prefix that a policy demands", async () => {
    const Bucket = await newBucket();
    await setPolicy(
      Bucket,
      policyFor(Bucket, {
        Principal: { AWS: manager },
        Action: "s3:ListBucket",
        Condition: { StringLike: { "s3:prefix": "home/*" } },
      }),
    );
    const list = (Prefix?: string) =>
      s3("manager").send(new ListObjectsV2Command({ Bucket, Prefix }));
    await list("home/manager");
    await assert.rejects(list("other"), { name: "AccessDenied" });
    await assert.rejects(list(), { name: "AccessDenied" });
  });

  test("cannot lock out the root user of their account", async () => {
    const Bucket = await newBucket();
    await setPolicy(Bucket, policyFor(Bucket, { Effect: "Deny", Principal: "*", Action: "s3:*" }));
    const remove = (who: TestUser) => s3(who).send(new DeleteBucketPolicyCommand({ Bucket }));
    await assert.rejects(remove("admin"), { name: "AccessDenied" });
    const list = s3("root").send(new ListObjectsV2Command({ Bucket }));
    await assert.rejects(list, { name: "AccessDenied" });
    await remove("root");
    await s3().send(new ListObjectsV2Command({ Bucket }));
  });

  test("are refused to those who take another account for their owner", async () => {
    const Bucket = await newBucket();
    const list = (ExpectedBucketOwner: string) =>
      s3().send(new ListObjectsV2Command({ Bucket, ExpectedBucketOwner }));
    await list(account);
    await assert.rejects(list(otherAccount), { name: "AccessDenied" });
  });

  test("say whether an object is missing to those only who may list them", async () => {
    const Bucket = await newBucket();
    const read = (who: TestUser) => s3(who).send(new GetObjectCommand({ Bucket, Key: "nosuch" }));
    await assert.rejects(read("admin"), { name: "NoSuchKey" });
    const reads = { Principal: { AWS: manager }, Action: "s3:GetObject" };
    await setPolicy(Bucket, policyFor(Bucket, reads));
    await assert.rejects(read("manager"), { name: "AccessDenied" });
    await setPolicy(
      Bucket,
      policyFor(Bucket, { ...reads, Action: ["s3:GetObject", "s3:ListBucket"] }),
    );
    await assert.rejects(read("manager"), { name: "NoSuchKey" });
  });

  test("take objects from a service for the source that their policy names, and no other", async () => {
    const Bucket = await newBucket();
    const object = { Bucket, Key: "AWSLogs/x", Body: "x", ACL: "bucket-owner-full-control" };
    await assert.rejects(putAll(server, object), { name: "AccessDeniedException" });
    await setPolicy(Bucket, deliveryPolicy(Bucket).replace("trail/test", "trail/another"));
    await assert.rejects(putAll(server, object), { name: "AccessDeniedException" });
    await setPolicy(Bucket, deliveryPolicy(Bucket));
    await putAll(server, object);
    const record = (await auditOf(server, "PutObject")).at(-1);
    assert.deepEqual(record?.["userIdentity"], {
      type: "AWSService",
      invokedBy: "cloudtrail.amazonaws.com",
    });
    assert.deepEqual(record?.["requestParameters"], { bucketName: Bucket, key: "AWSLogs/x" });
    assert.deepEqual(record?.["resources"], [
      { accountId: account, type: "AWS::S3::Object", ARN: `arn:aws:s3:::${Bucket}/AWSLogs/x` },
    ]);
  });
});
