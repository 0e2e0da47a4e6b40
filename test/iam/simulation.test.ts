import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { EvaluationResult, IAM, SimulateCustomPolicyCommandInput } from "@aws-sdk/client-iam";
import { openServer } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { account, otherAccount } from "../support/keywright.ts";
import { connectIam, policyText as policy, refusedBy } from "./support.ts";

const key = `arn:aws:kms:us-east-1:${account}:key/1`;
const alice = `arn:aws:iam::${account}:user/alice`;
const bob = `arn:aws:iam::${account}:user/bob`;

describe("simulations", () => {
  let server: TestServer;
  let iam: IAM;
  before(async () => {
    server = await openServer();
    iam = connectIam(server);
  });

  async function custom(
    input: Partial<SimulateCustomPolicyCommandInput>,
  ): Promise<EvaluationResult> {
    const { EvaluationResults: [result] = [] } = await iam.simulateCustomPolicy({
      PolicyInputList: [policy({ Action: "kms:*" })],
      ActionNames: ["kms:Decrypt"],
      ...input,
    });
    assert.ok(result !== undefined);
    return result;
  }

  test("an allowed action names the statements that allow it, and where they stand", async () => {
    const document = `{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": "s3:*", "Resource": "*" },
    { "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*" }
  ]
}`;
    const result = await custom({ PolicyInputList: [policy({ Action: "iam:*" }), document] });
    assert.equal(result.EvalActionName, "kms:Decrypt");
    assert.equal(result.EvalResourceName, "*");
    assert.equal(result.EvalDecision, "allowed");
    assert.deepEqual(result.MatchedStatements, [
      {
        SourcePolicyId: "PolicyInputList.2",
        SourcePolicyType: "IAM Policy",
        StartPosition: { Line: 4, Column: 61 },
        EndPosition: { Line: 5, Column: 68 },
      },
    ]);
    assert.equal(result.EvalDecisionDetails, undefined);
  });

  test("a deny outweighs and is the only statement that is named; silence denies without any", async () => {
    const denied = await custom({
      PolicyInputList: [
        policy({ Action: "kms:*" }, { Effect: "Deny", Action: "kms:Decrypt" }),
        policy({ Action: "*" }),
      ],
    });
    assert.equal(denied.EvalDecision, "explicitDeny");
    assert.deepEqual(
      denied.MatchedStatements?.map((each) => each.SourcePolicyId),
      ["PolicyInputList.1"],
    );
    const silent = await custom({ PolicyInputList: [policy({ Action: "s3:*" })] });
    assert.equal(silent.EvalDecision, "implicitDeny");
    assert.deepEqual(silent.MatchedStatements, []);
  });

  test("condition keys without a value are listed, and given values decide", async () => {
    const PolicyInputList = [
      policy({
        Action: "kms:*",
        Condition: {
          StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" },
          IpAddress: { "aws:SourceIp": "10.0.0.0/8" },
        },
      }),
    ];
    const without = await custom({ PolicyInputList });
    assert.equal(without.EvalDecision, "implicitDeny");
    assert.deepEqual(without.MissingContextValues, ["kms:ViaService", "aws:SourceIp"]);
    const entry = (ContextKeyName: string, ...ContextKeyValues: string[]) => ({
      ContextKeyName,
      ContextKeyValues,
      ContextKeyType: "string" as const,
    });
    const ContextEntries = [
      entry("KMS:viaservice", "s3.us-east-1.amazonaws.com"),
      entry("aws:SourceIp", "10.1.2.3"),
    ];
    const withValues = await custom({ PolicyInputList, ContextEntries });
    assert.equal(withValues.EvalDecision, "allowed");
    assert.deepEqual(withValues.MissingContextValues, []);
  });

  test("a key policy as the resource policy is the root of trust, as it is in calls", async () => {
    const ofKey = { ResourceArns: [key], CallerArn: alice };
    const named = policy({ Principal: { AWS: alice }, Action: "kms:Decrypt" });
    const direct = await custom({
      ...ofKey,
      PolicyInputList: [policy({ Action: "s3:*" })],
      ResourcePolicy: named,
    });
    assert.equal(direct.EvalDecision, "allowed");
    assert.deepEqual(
      direct.MatchedStatements?.map((each) => [each.SourcePolicyId, each.SourcePolicyType]),
      [["ResourcePolicy", "Resource Policy"]],
    );
    assert.deepEqual(direct.EvalDecisionDetails, {});
    const unnamed = await custom({ ...ofKey, CallerArn: bob, ResourcePolicy: named });
    assert.equal(unnamed.EvalDecision, "implicitDeny");
    const delegating = policy({
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: "kms:*",
    });
    const delegated = await custom({ ...ofKey, ResourcePolicy: delegating });
    assert.equal(delegated.EvalDecision, "allowed");
  });

  test("across accounts both sides have to allow, and each side's answer is told", async () => {
    const foreign = `arn:aws:kms:us-east-1:${otherAccount}:key/1`;
    const crossing = {
      ResourceArns: [foreign],
      CallerArn: alice,
      ResourcePolicy: policy({ Principal: { AWS: alice }, Action: "kms:Decrypt" }),
    };
    const both = await custom(crossing);
    assert.equal(both.EvalDecision, "allowed");
    const one = await custom({ ...crossing, PolicyInputList: [policy({ Action: "s3:*" })] });
    assert.equal(one.EvalDecision, "implicitDeny");
    assert.deepEqual(one.EvalDecisionDetails, {
      "IAM Policy": "implicitDeny",
      "Resource Policy": "allowed",
    });
    assert.equal(one.ResourceSpecificResults?.[0]?.EvalResourceDecision, "implicitDeny");
  });

  test("every action is decided on every resource, page by page", async () => {
    const ActionNames = ["kms:Decrypt", "kms:Encrypt", "s3:GetObject"];
    const ResourceArns = [key, `${key}2`];
    const seen: string[] = [];
    let Marker: string | undefined;
    do {
      const page = await iam.simulateCustomPolicy({
        PolicyInputList: [policy({ Action: "kms:*", Resource: key })],
        ActionNames,
        ResourceArns,
        MaxItems: 4,
        Marker,
      });
      assert.ok((page.EvaluationResults ?? []).length <= 4);
      for (const { EvalActionName, EvalResourceName, EvalDecision } of page.EvaluationResults ?? [])
        seen.push(`${EvalActionName} ${EvalResourceName} ${EvalDecision}`);
      Marker = page.Marker;
      assert.equal(page.IsTruncated, Marker !== undefined);
    } while (Marker !== undefined);
    const wanted = ActionNames.flatMap((action) =>
      ResourceArns.map((resource) => {
        const allowed = action.startsWith("kms:") && resource === key;
        return `${action} ${resource} ${allowed ? "allowed" : "implicitDeny"}`;
      }),
    );
    assert.deepEqual(seen, wanted);
  });

  test("long policies make short pages, so that no page takes long", async () => {
    const long = policy(
      ...Array.from({ length: 900 }, () => ({
        Action: "s3:*",
        Resource: `${key}${"*a".repeat(20)}`,
      })),
    );
    const ActionNames = Array.from({ length: 200 }, (_each, index) => `kms:Action${index}`);
    const page = await iam.simulateCustomPolicy({
      PolicyInputList: [long],
      ActionNames,
      MaxItems: 200,
    });
    const count = page.EvaluationResults?.length ?? 0;
    assert.ok(count > 0 && count < 100, `${count} results`);
    assert.equal(page.IsTruncated, true);
  });

  test("what cannot be simulated is refused", async () => {
    const invalid = (input: Partial<SimulateCustomPolicyCommandInput>, says: RegExp) =>
      refusedBy(custom(input), "InvalidInputException", 400, says);
    await invalid({ PolicyInputList: ["{}"] }, /Statement|empty/);
    await invalid({ CallerArn: `arn:aws:iam::${account}:role/app` }, /CallerArn/);
    await invalid({ ResourcePolicy: policy({ Principal: "*", Action: "kms:*" }) }, /CallerArn/);
    await invalid({ ActionNames: ["kms:*"] }, /Invalid action name/);
    await invalid({ ResourceArns: ["bucket"] }, /Invalid resource ARN/);
    await invalid({ ResourceOwner: "me me me me" }, /Invalid resource owner/);
    const boundary = policy({ Action: "*" });
    await invalid({ PermissionsBoundaryPolicyInputList: [boundary, boundary] }, /Only one/);
  });
});
