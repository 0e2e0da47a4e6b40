import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { GetAccountAuthorizationDetailsResponse, IAM } from "@aws-sdk/client-iam";
import { openServer } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { connectIam, inPages, newAccessKey, refusedBy, seedWithAdmins } from "./support.ts";

describe("the alias of an account", () => {
  let server: TestServer;
  let iam: IAM;
  before(async () => {
    server = await openServer();
    iam = connectIam(server);
  });

  const aliases = async () => (await iam.listAccountAliases({})).AccountAliases;

  test("a new one takes the place of the old one", async () => {
    assert.deepEqual(await aliases(), []);
    await iam.createAccountAlias({ AccountAlias: "acme" });
    await iam.createAccountAlias({ AccountAlias: "acme-two" });
    assert.deepEqual(await aliases(), ["acme-two"]);
    await server.restart();
    iam = connectIam(server);
    assert.deepEqual(await aliases(), ["acme-two"]);
    await iam.deleteAccountAlias({ AccountAlias: "acme-two" });
    assert.deepEqual(await aliases(), []);
  });

  test("two accounts never have the same", async () => {
    const other = connectIam(server, "other");
    await iam.createAccountAlias({ AccountAlias: "shared" });
    await refusedBy(
      other.createAccountAlias({ AccountAlias: "shared" }),
      "EntityAlreadyExistsException",
      409,
      "The account alias shared already exists.",
    );
    await refusedBy(
      other.deleteAccountAlias({ AccountAlias: "shared" }),
      "NoSuchEntityException",
      404,
      "The account alias shared could not be found.",
    );
    const race = await Promise.allSettled([
      iam.createAccountAlias({ AccountAlias: "race" }),
      other.createAccountAlias({ AccountAlias: "race" }),
    ]);
    assert.deepEqual(race.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
  });

  test("is well formed", async () => {
    for (const AccountAlias of ["-ab", "ab-", "a--b", "Abc", "a_b"])
      await refusedBy(
        iam.createAccountAlias({ AccountAlias }),
        "ValidationError",
        400,
        `1 validation error detected: Value at 'accountAlias' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`,
      );
  });
});

describe("the account as a whole", () => {
  let server: TestServer;
  let iam: IAM;
  const document = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "kms:List*", Resource: "*" },
  });
  before(async () => {
    server = await openServer(seedWithAdmins());
    iam = connectIam(server);
    await iam.createUser({
      UserName: "alice",
      Path: "/x,y/",
      PermissionsBoundary: "arn:aws:iam::aws:policy/AdministratorAccess",
      Tags: [{ Key: "a", Value: "b" }],
    });
    await iam.addUserToGroup({ GroupName: "admins", UserName: "alice" });
    await iam.putUserPolicy({ UserName: "alice", PolicyName: "inline", PolicyDocument: document });
    await iam.createPolicy({ PolicyName: "listing", PolicyDocument: document });
    await iam.attachUserPolicy({
      UserName: "alice",
      PolicyArn: "arn:aws:iam::111122223333:policy/listing",
    });
    await iam.createRole({
      RoleName: "reader",
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: {
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::111122223333:user/x,y/alice" },
          Action: "sts:AssumeRole",
        },
      }),
    });
  });

  test("the summary counts what is there", async () => {
    const { SummaryMap } = await iam.getAccountSummary({});
    assert.equal(SummaryMap?.Users, 5);
    assert.equal(SummaryMap.Groups, 1);
    assert.equal(SummaryMap.Roles, 1);
    assert.equal(SummaryMap.Policies, 1);
    assert.equal(SummaryMap.PolicyVersionsInUse, 1);
    assert.equal(SummaryMap.AccountAccessKeysPresent, 1);
    assert.equal(SummaryMap.UsersQuota, 5_000);
    const other = await connectIam(server, "other").getAccountSummary({});
    assert.equal(other.SummaryMap?.Users, 1);
    assert.equal(other.SummaryMap.AccountAccessKeysPresent, 0);
  });

  test("the authorization details say who may what", async () => {
    const {
      UserDetailList = [],
      RoleDetailList = [],
      Policies = [],
      ...rest
    } = await iam.getAccountAuthorizationDetails({
      Filter: ["User", "Role", "LocalManagedPolicy"],
    });
    assert.deepEqual(rest.GroupDetailList, []);
    const alice = UserDetailList.find((user) => user.UserName === "alice");
    assert.deepEqual(alice?.UserPolicyList, [
      { PolicyName: "inline", PolicyDocument: encodeURIComponent(document).replaceAll("*", "%2A") },
    ]);
    assert.deepEqual(alice.GroupList, ["admins"]);
    assert.deepEqual(alice.AttachedManagedPolicies, [
      { PolicyName: "listing", PolicyArn: "arn:aws:iam::111122223333:policy/listing" },
    ]);
    assert.equal(
      alice.PermissionsBoundary?.PermissionsBoundaryArn,
      "arn:aws:iam::aws:policy/AdministratorAccess",
    );
    assert.deepEqual(alice.Tags, [{ Key: "a", Value: "b" }]);
    assert.match(decodeURIComponent(String(RoleDetailList[0]?.AssumeRolePolicyDocument)), /alice/);
    assert.equal(Policies.length, 1);
    assert.equal(Policies[0]?.AttachmentCount, 1);
    assert.equal(Policies[0].PolicyVersionList?.[0]?.IsDefaultVersion, true);
    assert.equal(decodeURIComponent(String(Policies[0].PolicyVersionList[0].Document)), document);
  });

  test("the authorization details come page by page", async () => {
    const names = (detail: GetAccountAuthorizationDetailsResponse) => [
      ...(detail.UserDetailList ?? []).map((each) => each.UserName),
      ...(detail.RoleDetailList ?? []).map((each) => each.RoleName),
      ...(detail.GroupDetailList ?? []).map((each) => each.GroupName),
      ...(detail.Policies ?? []).map((each) => each.PolicyName),
    ];
    const whole = await iam.getAccountAuthorizationDetails({ MaxItems: 1_000 });
    const listed = await inPages(async (page) => {
      const detail = await iam.getAccountAuthorizationDetails(page);
      return { entries: names(detail), IsTruncated: detail.IsTruncated, Marker: detail.Marker };
    }, 4);
    assert.deepEqual(listed, names(whole));
    assert.ok(listed.includes("AdministratorAccess"));
  });

  test("the credential report is there for four hours, and says what keys did", async () => {
    await refusedBy(
      iam.getCredentialReport({}),
      "CredentialReportNotPresentException",
      410,
      /No report exists/,
    );
    const key = await newAccessKey(iam, "alice");
    await connectIam(server, key).getUser({});
    assert.equal((await iam.generateCredentialReport({})).State, "COMPLETE");
    const { Content, ReportFormat, GeneratedTime } = await iam.getCredentialReport({});
    assert.equal(ReportFormat, "text/csv");
    const [head = "", root = "", ...users] = Buffer.from(Content ?? [])
      .toString("utf8")
      .split("\n");
    assert.equal(head.split(",").length, 22);
    assert.ok(root.startsWith("<root_account>,arn:aws:iam::111122223333:root,"));
    const alice = users.find((line) => line.startsWith("alice,"));
    assert.match(
      String(alice),
      /^alice,"arn:aws:iam::111122223333:user\/x,y\/alice",[^,]*,false,N\/A,N\/A,N\/A,false,true,[^,]*,[^,]*,us-east-1,iam,false,N\/A,N\/A,N\/A,N\/A,false,N\/A,false,N\/A$/,
    );
    await server.restart();
    iam = connectIam(server);
    await iam.generateCredentialReport({});
    assert.deepEqual((await iam.getCredentialReport({})).GeneratedTime, GeneratedTime);
    server.clock.offset += 4 * 3_600_000;
    iam = connectIam(server);
    await refusedBy(
      iam.getCredentialReport({}),
      "CredentialReportExpiredException",
      410,
      /older than four hours/,
    );
  });
});
