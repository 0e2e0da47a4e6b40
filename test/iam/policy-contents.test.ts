import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import { parsePolicy } from "../../src/authorization/policy-document.ts";
import {
  awsManagedPolicies,
  awsManagedPolicy,
} from "../../src/services/iam/model/aws-managed-policies.ts";
import { openServer } from "../conformance/support.ts";
import { account } from "../support/keywright.ts";
import { allowing, newPolicy, policyOf } from "./policies-support.ts";
import { connectIam, refusedBy, seedWithAdmins } from "./support.ts";

test("every AWS managed policy that is known here is one that the parser takes", () => {
  assert.ok(awsManagedPolicies.size > 30);
  for (const [arn, document] of awsManagedPolicies) {
    assert.doesNotThrow(() => parsePolicy(document, "identity"), arn);
    assert.equal(awsManagedPolicy(arn)?.versions[0]?.document, document);
    assert.match(String(awsManagedPolicy(arn)?.policyId), /^ANPA[A-Z2-7]{17}$/);
  }
});

describe("what policies speak of", () => {
  let iam: IAM;
  const reads = policyOf({
    Effect: "Allow",
    Action: "kms:*",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: policy variables
    Resource: ["arn:aws:kms:*:*:key/${aws:PrincipalTag/team}", "arn:aws:kms:*:*:key/${*}"],
    Condition: {
      StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable with a default
      StringLike: { "aws:RequestTag/owner": "${aws:username, 'nobody'}" },
    },
  });
  before(async () => {
    iam = connectIam(await openServer(seedWithAdmins()));
  });

  test("a policy without tags has a list of none", async () => {
    const PolicyArn = await newPolicy(iam, "bare");
    assert.deepEqual((await iam.getPolicy({ PolicyArn })).Policy?.Tags, []);
  });

  test("the condition keys of policies are listed, each once", async () => {
    const { ContextKeyNames = [] } = await iam.getContextKeysForCustomPolicy({
      PolicyInputList: [
        reads,
        policyOf({
          Effect: "Deny",
          Action: "*",
          Resource: "*",
          Condition: { Bool: { "AWS:USERNAME": true, "aws:SecureTransport": false } },
        }),
        reads.replace("2012-10-17", "2008-10-17").replace("kms:ViaService", "kms:CallerAccount"),
      ],
    });
    assert.deepEqual(ContextKeyNames.toSorted(), [
      "aws:PrincipalTag/team",
      "aws:RequestTag/owner",
      "aws:SecureTransport",
      "aws:username",
      "kms:CallerAccount",
      "kms:ViaService",
    ]);
    await refusedBy(
      iam.getContextKeysForCustomPolicy({ PolicyInputList: ["{}"] }),
      "MalformedPolicyDocumentException",
      400,
      /./,
    );
  });

  test("the condition keys of a user's policies include those of its groups, and of policies beside them", async () => {
    const UserName = "nobody";
    const PolicySourceArn = `arn:aws:iam::${account}:user/${UserName}`;
    const PolicyArn = await newPolicy(iam, "reads", reads);
    await iam.createGroup({ GroupName: "group" });
    await iam.attachGroupPolicy({ GroupName: "group", PolicyArn });
    await iam.addUserToGroup({ GroupName: "group", UserName });
    const PolicyDocument = policyOf({
      Effect: "Allow",
      Action: "*",
      Resource: "*",
      Condition: { Null: { "aws:MultiFactorAuthAge": "false" } },
    });
    const { ContextKeyNames = [] } = await iam.getContextKeysForPrincipalPolicy({
      PolicySourceArn,
      PolicyInputList: [PolicyDocument],
    });
    assert.deepEqual(ContextKeyNames.toSorted(), [
      "aws:MultiFactorAuthAge",
      "aws:PrincipalTag/team",
      "aws:RequestTag/owner",
      "aws:username",
      "kms:ViaService",
    ]);
    await refusedBy(
      iam.getContextKeysForPrincipalPolicy({
        PolicySourceArn: `arn:aws:iam::${account}:user/missing`,
      }),
      "NoSuchEntityException",
      404,
      /cannot be found/,
    );
  });

  test("the policies that allow something of a service are listed by service", async () => {
    const UserName = "manager";
    const put = (PolicyName: string, PolicyDocument: string) =>
      iam.putUserPolicy({ UserName, PolicyName, PolicyDocument });
    await put("keys", allowing("KMS:List*", "iam:GetUser"));
    await put("denies", policyOf({ Effect: "Deny", Action: "*", Resource: "*" }));
    await put("others", policyOf({ Effect: "Allow", NotAction: "kms:*", Resource: "*" }));
    await iam.attachUserPolicy({
      UserName,
      PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
    });
    const { PoliciesGrantingServiceAccess = [], IsTruncated } =
      await iam.listPoliciesGrantingServiceAccess({
        Arn: `arn:aws:iam::${account}:user/${UserName}`,
        ServiceNamespaces: ["s3", "kms"],
      });
    assert.equal(IsTruncated, false);
    assert.deepEqual(
      PoliciesGrantingServiceAccess.map(({ ServiceNamespace, Policies = [] }) => [
        ServiceNamespace,
        Policies.map((each) => each.PolicyName).toSorted(),
      ]),
      [
        ["kms", ["AdministratorAccess", "keys"]],
        ["s3", ["AdministratorAccess", "others"]],
      ],
    );
    assert.deepEqual(
      PoliciesGrantingServiceAccess[0]?.Policies?.find((each) => each.PolicyName === "keys"),
      { PolicyName: "keys", PolicyType: "INLINE", EntityType: "USER", EntityName: UserName },
    );
  });
});
