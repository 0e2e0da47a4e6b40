import * as assert from "node:assert/strict";
import { test } from "node:test";
import { awsManagedKeyPolicy, consoleKeyPolicy, defaultKeyPolicy } from "./default-policies.ts";
import { parsePolicy } from "./policy-document.ts";
import { formatPolicy } from "./policy-format.ts";

const account = "111122223333";

test("the default key policy reads byte for byte as AWS returns it", () => {
  assert.equal(
    formatPolicy(defaultKeyPolicy(account)),
    `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::111122223333:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`,
  );
});

test("lists stand on one line, statements follow each other after a comma, members are in AWS's order", () => {
  const text = `{"Statement":[{"Resource":"*","Action":["kms:Encrypt","kms:Decrypt"],"Principal":"*","Effect":"Deny",
    "Condition":{"StringEquals":{"kms:ViaService":["a\\"b"]}}},{"NotAction":"kms:*","NotResource":"*","NotPrincipal":
    {"AWS":"111122223333"},"Effect":"Allow","Sid":"é"}],"Id":"x","Version":"2008-10-17"}`;
  assert.equal(
    formatPolicy(parsePolicy(text, "key")),
    `{
  "Version" : "2008-10-17",
  "Id" : "x",
  "Statement" : [ {
    "Effect" : "Deny",
    "Principal" : {
      "AWS" : "*"
    },
    "Action" : [ "kms:Encrypt", "kms:Decrypt" ],
    "Resource" : "*",
    "Condition" : {
      "StringEquals" : {
        "kms:ViaService" : [ "a\\"b" ]
      }
    }
  }, {
    "Sid" : "é",
    "Effect" : "Allow",
    "NotPrincipal" : {
      "AWS" : "arn:aws:iam::111122223333:root"
    },
    "NotAction" : "kms:*",
    "NotResource" : "*"
  } ]
}`,
  );
});

test("an empty list and an empty object have one space inside", () => {
  const text = formatPolicy({
    Statement: [{ Effect: "Deny", Action: [], Principal: {} }],
  });
  assert.match(text, /"Principal" : \{ \},\n {4}"Action" : \[ \]\n/);
});

test("the console's policy has its statements in order, and none for nobody", () => {
  const ann = "arn:aws:iam::111122223333:user/ann";
  const choices = {
    account,
    administrators: [ann],
    users: [ann, `arn:aws:iam::444455556666:root`],
  };
  const policy = consoleKeyPolicy({
    ...choices,
    use: "signing",
    imported: true,
    multiRegion: true,
  });
  assert.deepEqual(
    policy.Statement.map(({ Sid }) => Sid),
    [
      "Enable IAM User Permissions",
      "Allow access for Key Administrators",
      "Allow use of the key",
      "Allow attachment of persistent resources",
    ],
  );
  assert.equal(policy.Id, "key-consolepolicy-3");
  assert.deepEqual(policy.Statement[1]?.Principal, { AWS: ann });
  assert.deepEqual(policy.Statement[1]?.Action?.slice(-4), [
    "kms:RotateKeyOnDemand",
    "kms:ImportKeyMaterial",
    "kms:ReplicateKey",
    "kms:UpdatePrimaryRegion",
  ]);
  assert.deepEqual(policy.Statement[2]?.Principal, { AWS: choices.users });
  assert.deepEqual(policy.Statement[2]?.Action, [
    "kms:DescribeKey",
    "kms:GetPublicKey",
    "kms:Sign",
    "kms:Verify",
  ]);
  assert.deepEqual(policy.Statement[3]?.Condition, {
    Bool: { "kms:GrantIsForAWSResource": "true" },
  });
  const bare = consoleKeyPolicy({ account, administrators: [], users: [], use: "symmetric" });
  assert.deepEqual(bare.Statement, defaultKeyPolicy(account).Statement);
});

test("an AWS managed key's policy lets everyone of the account in through the service only", () => {
  const policy = awsManagedKeyPolicy({ service: "ebs", account, region: "eu-west-1" });
  assert.equal(policy.Id, "auto-ebs-2");
  assert.deepEqual(policy.Statement[0], {
    Sid: "Allow access through EBS for all principals in the account that are authorized to use EBS",
    Effect: "Allow",
    Principal: { AWS: "*" },
    Action: [
      "kms:Encrypt",
      "kms:Decrypt",
      "kms:ReEncrypt*",
      "kms:GenerateDataKey*",
      "kms:CreateGrant",
      "kms:DescribeKey",
    ],
    Resource: "*",
    Condition: {
      StringEquals: {
        "kms:CallerAccount": account,
        "kms:ViaService": "ec2.eu-west-1.amazonaws.com",
      },
    },
  });
  assert.deepEqual(policy.Statement[1]?.Action, [
    "kms:Describe*",
    "kms:Get*",
    "kms:List*",
    "kms:RevokeGrant",
  ]);
});

test("the policies written here pass the reader of key policies", () => {
  const ann = ["arn:aws:iam::111122223333:user/ann"];
  for (const policy of [
    defaultKeyPolicy(account, "aws-cn"),
    consoleKeyPolicy({ account, administrators: ann, users: ann, use: "hmac" }),
    awsManagedKeyPolicy({ service: "secretsmanager", account, region: "cn-north-1" }),
  ])
    assert.deepEqual(parsePolicy(formatPolicy(policy), "key"), policy);
});
