import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import { connect, openServer, refused } from "../conformance/support.ts";
import { connectOrganizations, enter, newAccount, newPolicy } from "../organizations/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { account } from "../support/keywright.ts";
import { connectIam, policyText as policy, refusedBy } from "./support.ts";

const alice = `arn:aws:iam::${account}:user/alice`;
const bob = `arn:aws:iam::${account}:user/bob`;

describe("simulations of users, groups and roles", () => {
  let server: TestServer;
  let iam: IAM;
  before(async () => {
    server = await openServer();
    iam = connectIam(server);
  });

  test("a user is simulated with its groups' policies and within its boundary", async () => {
    await iam.createUser({ UserName: "alice", Tags: [{ Key: "team", Value: "red" }] });
    await iam.createGroup({ GroupName: "readers" });
    await iam.addUserToGroup({ GroupName: "readers", UserName: "alice" });
    await iam.putGroupPolicy({
      GroupName: "readers",
      PolicyName: "read",
      PolicyDocument: policy({
        Action: "kms:*",
        Condition: { StringEquals: { "aws:PrincipalTag/team": "red", "aws:username": "alice" } },
      }),
    });
    const { Policy } = await iam.createPolicy({
      PolicyName: "Bound",
      PolicyDocument: policy({ Action: "kms:Decrypt" }),
    });
    await iam.putUserPermissionsBoundary({
      UserName: "alice",
      PermissionsBoundary: Policy?.Arn,
    });
    const ask = {
      PolicySourceArn: alice,
      ActionNames: ["kms:Decrypt", "kms:Encrypt"],
    };
    const { EvaluationResults: results = [] } = await iam.simulatePrincipalPolicy(ask);
    assert.deepEqual(
      results.map((each) => [
        each.EvalDecision,
        each.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary,
      ]),
      [
        ["allowed", true],
        ["implicitDeny", false],
      ],
    );
    assert.deepEqual(
      results[0]?.MatchedStatements?.map((each) => each.SourcePolicyId),
      ["read", "Bound"],
    );
    const { EvaluationResults: wider = [] } = await iam.simulatePrincipalPolicy({
      ...ask,
      PermissionsBoundaryPolicyInputList: [policy({ Action: "*" })],
    });
    assert.deepEqual(
      wider.map((each) => each.EvalDecision),
      ["allowed", "allowed"],
    );
    const asBob = await iam.simulatePrincipalPolicy({ ...ask, CallerArn: bob });
    assert.deepEqual(
      asBob.EvaluationResults?.map((each) => each.EvalDecision),
      ["implicitDeny", "implicitDeny"],
    );
  });

  test("what is simulated for a user is what happens to its calls", async () => {
    await iam.putUserPolicy({
      UserName: "manager",
      PolicyName: "some",
      PolicyDocument: policy({ Action: "kms:CreateKey" }, { Effect: "Deny", Action: "kms:List*" }),
    });
    const { EvaluationResults: results = [] } = await iam.simulatePrincipalPolicy({
      PolicySourceArn: `arn:aws:iam::${account}:user/manager`,
      ActionNames: ["kms:CreateKey", "kms:ListKeys", "kms:GenerateRandom"],
    });
    assert.deepEqual(
      results.map((each) => each.EvalDecision),
      ["allowed", "explicitDeny", "implicitDeny"],
    );
    const manager = connect(server, "manager");
    await manager.createKey({});
    await refused(manager.listKeys({}), "AccessDeniedException", /explicit deny/);
    await refused(
      manager.generateRandom({ NumberOfBytes: 8 }),
      "AccessDeniedException",
      /no identity-based policy/,
    );
  });

  test("a role and a group are simulated by their policies", async () => {
    const trusting = JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" },
    });
    await iam.createRole({ RoleName: "app", AssumeRolePolicyDocument: trusting });
    await iam.putRolePolicy({
      RoleName: "app",
      PolicyName: "use",
      PolicyDocument: policy({ Action: "kms:Encrypt" }),
    });
    for (const [source, decision] of [
      ["role/app", "allowed"],
      ["group/readers", "implicitDeny"],
    ] as const) {
      const { EvaluationResults: [result] = [] } = await iam.simulatePrincipalPolicy({
        PolicySourceArn: `arn:aws:iam::${account}:${source}`,
        ActionNames: ["kms:Encrypt"],
      });
      assert.equal(result?.EvalDecision, decision, source);
    }
  });

  test("what an organization's guard rails deny is told, and not by which statement", async () => {
    const organizations = connectOrganizations(server);
    await organizations.createOrganization({});
    const member = await newAccount(organizations);
    const PolicyId = await newPolicy(organizations, {
      Effect: "Deny",
      Action: "kms:Encrypt",
      Resource: "*",
    });
    await organizations.attachPolicy({ PolicyId, TargetId: member });
    const { EvaluationResults: results = [] } = await connectIam(
      server,
      await enter(server, member),
    ).simulatePrincipalPolicy({
      PolicySourceArn: `arn:aws:iam::${member}:role/OrganizationAccountAccessRole`,
      ActionNames: ["kms:Decrypt", "kms:Encrypt"],
    });
    assert.deepEqual(
      results.map((each) => [
        each.EvalDecision,
        each.OrganizationsDecisionDetail?.AllowedByOrganizations,
        each.MatchedStatements?.length,
      ]),
      [
        ["allowed", true, 1],
        ["explicitDeny", false, 0],
      ],
    );
  });

  test("only who may simulate learns what others may do, and nobody about other accounts", async () => {
    const ask = { PolicySourceArn: alice, ActionNames: ["kms:Decrypt"] };
    await refusedBy(
      connectIam(server, "nobody").simulatePrincipalPolicy(ask),
      "AccessDenied",
      403,
      /not authorized to perform: iam:SimulatePrincipalPolicy on resource: .*user\/alice/,
    );
    await refusedBy(
      connectIam(server, "other").simulatePrincipalPolicy(ask),
      "AccessDenied",
      403,
      /not authorized to perform: iam:SimulatePrincipalPolicy/,
    );
    await refusedBy(
      iam.simulatePrincipalPolicy({
        ...ask,
        PolicySourceArn: `arn:aws:iam::${account}:user/nosuch`,
      }),
      "NoSuchEntityException",
      404,
      /cannot be found/,
    );
  });
});
