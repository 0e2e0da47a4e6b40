import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import type { Question } from "../../src/cli/commands.ts";
import { explainDecision } from "../../src/composition/explain.ts";
import { askNobody } from "../../src/composition/root-sources.ts";
import { connect, createKey, delegation, openServer, rootArn } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { account, otherAccount } from "../support/keywright.ts";
import { connectIam, policyText } from "./support.ts";

const role = `arn:aws:iam::${account}:role/team/app`;
const session = `arn:aws:sts::${account}:assumed-role/app/monday`;

describe("keywright explain", () => {
  let server: TestServer;
  let iam: IAM;
  before(async () => {
    server = await openServer();
    iam = connectIam(server);
    await iam.createRole({
      RoleName: "app",
      Path: "/team/",
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" },
      }),
    });
    await iam.putRolePolicy({
      RoleName: "app",
      PolicyName: "use",
      PolicyDocument: policyText(
        { Action: "kms:CreateKey" },
        {
          Action: "kms:List*",
          Condition: { StringEquals: { "aws:RequestedRegion": "eu-west-1" } },
        },
      ),
    });
  });

  function explained(question: Partial<Question>) {
    const whole: Question = {
      principal: role,
      action: "kms:CreateKey",
      resource: "*",
      region: "us-east-1",
      encryptionContext: {},
      conditions: {},
      ...question,
    };
    return explainDecision(server.config, whole, { ask: askNobody });
  }

  test("a role and its sessions are asked about by ARN", async () => {
    for (const principal of [role, session]) {
      const { decision, because } = await explained({ principal });
      assert.equal(decision, "allow");
      assert.deepEqual(because, ["allowed by statement 1 of the identity policy `use`"]);
    }
    await assert.rejects(explained({ principal: `arn:aws:iam::${account}:role/app` }), {
      message: `there is no principal arn:aws:iam::${account}:role/app in this deployment`,
    });
  });

  test("the condition that failed in the nearest statement is named", async () => {
    const { decision, because } = await explained({ action: "kms:ListKeys" });
    assert.equal(decision, "deny");
    assert.deepEqual(because.slice(0, 2), [
      "denied: no identity policy allows it",
      "nearest is statement 2 of the identity policy `use`: its condition `StringEquals` on `aws:RequestedRegion` does not hold",
    ]);
  });

  test("a session policy narrows a role, and nobody else", async () => {
    const sessionPolicy = policyText({ Action: "kms:List*" });
    const { decision, because } = await explained({ sessionPolicy });
    assert.equal(decision, "deny");
    assert.equal(because[0], "denied: no session policy allows it");
    await assert.rejects(explained({ principal: rootArn(), sessionPolicy }), /sessions of roles/);
    await assert.rejects(explained({ sessionPolicy: "{}" }), /^OperatorError: --session-policy:/);
  });

  test("a boundary limits a role", async () => {
    const { Policy } = await iam.createPolicy({
      PolicyName: "Bound",
      PolicyDocument: policyText({ Action: "kms:List*" }),
    });
    await iam.putRolePermissionsBoundary({ RoleName: "app", PermissionsBoundary: Policy?.Arn });
    const { decision, because } = await explained({});
    assert.equal(decision, "deny");
    assert.match(String(because[0]), /^denied: the permissions boundary `.*Bound` does not allow/);
    await iam.deleteRolePermissionsBoundary({ RoleName: "app" });
  });

  test("of the policy of another account's key nothing is told but that it exists", async () => {
    const other = connect(server, "other");
    const policy = (effect: string, principal: string) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "TheirSecret",
            Effect: effect,
            Principal: { AWS: principal },
            Action: "kms:DescribeKey",
            Resource: "*",
          },
          {
            ...delegation,
            Effect: "Allow",
            Resource: "*",
            Principal: { AWS: rootArn(otherAccount) },
          },
        ],
      });
    for (const [effect, first] of [
      ["Deny", "denied by a resource policy of another account"],
      [
        "Allow",
        "allowed by a resource policy of another account and statement 1 of the identity policy `arn:aws:iam::aws:policy/AdministratorAccess`",
      ],
    ] as const) {
      const { arn } = await createKey(other, { Policy: policy(effect, rootArn()) });
      const { because } = await explained({
        principal: `arn:aws:iam::${account}:user/admin`,
        action: "kms:DescribeKey",
        resource: arn,
      });
      assert.equal(because[0], first);
      assert.doesNotMatch(because.join(" "), /TheirSecret|default/);
    }
  });
});
