import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import type { TestServer } from "../support/keywright.ts";
import {
  account,
  aliasArn,
  connect,
  day,
  denial,
  keyPolicy,
  openServer,
  otherAccount,
  refused,
  region,
  userArn,
} from "./support.ts";

const Plaintext = Buffer.of(1);

describe("AWS managed keys (facts 13)", () => {
  let server: TestServer;
  let kms: KMS;
  before(async () => {
    server = await openServer();
    kms = connect(server);
  });
  const idOf = async (alias: string): Promise<string> =>
    String((await kms.describeKey({ KeyId: alias })).KeyMetadata?.KeyId);

  test("a new account lists the predefined aliases by name and ARN alone, and no key", async () => {
    const fresh = connect(server, "admin", "eu-west-3");
    const { Aliases = [] } = await fresh.listAliases({});
    assert.ok(Aliases.length > 0);
    for (const alias of Aliases) {
      assert.deepEqual(Object.keys(alias).toSorted(), ["AliasArn", "AliasName"]);
      assert.match(alias.AliasName ?? "", /^alias\/aws\/[a-z0-9]+$/);
      assert.equal(alias.AliasArn, `arn:aws:kms:eu-west-3:${account}:${alias.AliasName}`);
    }
    assert.deepEqual((await fresh.listKeys({})).Keys, []);
  });

  test("DescribeKey of a predefined alias makes its key; every later call finds the same", async () => {
    const { KeyMetadata } = await kms.describeKey({ KeyId: "alias/aws/ebs" });
    const { KeyId = "", CreationDate, CurrentKeyMaterialId, ...rest } = KeyMetadata ?? {};
    assert.ok(CreationDate && CurrentKeyMaterialId);
    assert.deepEqual(rest, {
      AWSAccountId: account,
      Arn: `arn:aws:kms:${region}:${account}:key/${KeyId}`,
      CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
      Description: "Default key that protects my EBS volumes when no other key is defined",
      Enabled: true,
      EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
      KeyManager: "AWS",
      KeySpec: "SYMMETRIC_DEFAULT",
      KeyState: "Enabled",
      KeyUsage: "ENCRYPT_DECRYPT",
      MultiRegion: false,
      Origin: "AWS_KMS",
    });
    for (const form of ["alias/aws/ebs", aliasArn("alias/aws/ebs"), KeyId, String(rest.Arn)])
      assert.equal(await idOf(form), KeyId);
    const { Aliases = [] } = await kms.listAliases({ Limit: 100 });
    const entry = Aliases.find((each) => each.AliasName === "alias/aws/ebs");
    assert.equal(entry?.TargetKeyId, KeyId);
    assert.ok(entry.CreationDate);
    assert.ok((await kms.listKeys({})).Keys?.some((each) => each.KeyId === KeyId));
  });

  test("many first callers at once get one key", async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => idOf("alias/aws/sqs")));
    assert.equal(new Set(ids).size, 1);
    const { Aliases = [] } = await kms.listAliases({ KeyId: ids[0] });
    assert.deepEqual(
      Aliases.map((each) => each.AliasName),
      ["alias/aws/sqs"],
    );
  });

  test("the key's policy is AWS's: use through the service, direct access to metadata", async () => {
    const { Policy = "" } = await kms.getKeyPolicy({ KeyId: await idOf("alias/aws/ebs") });
    assert.deepEqual(JSON.parse(Policy), {
      Version: "2012-10-17",
      Id: "auto-ebs-2",
      Statement: [
        {
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
              "kms:ViaService": `ec2.${region}.amazonaws.com`,
            },
          },
        },
        {
          Sid: "Allow direct access to key metadata to the account",
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
          Resource: "*",
        },
      ],
    });
  });

  test("who may not describe it does not make it", async () => {
    await refused(
      connect(server, "nobody").describeKey({ KeyId: "alias/aws/rds" }),
      "AccessDeniedException",
      /kms:DescribeKey/,
    );
    const { Aliases = [] } = await kms.listAliases({ Limit: 100 });
    assert.equal(
      Aliases.find((each) => each.AliasName === "alias/aws/rds")?.TargetKeyId,
      undefined,
    );
  });

  test("only DescribeKey makes it, only for predefined names, only in the caller's account", async () => {
    await refused(
      kms.encrypt({ KeyId: "alias/aws/kinesis", Plaintext }),
      "NotFoundException",
      `Alias ${aliasArn("alias/aws/kinesis")} is not found.`,
    );
    await refused(
      kms.describeKey({ KeyId: "alias/aws/nothing" }),
      "NotFoundException",
      `Alias ${aliasArn("alias/aws/nothing")} is not found.`,
    );
    await refused(
      connect(server, "other").describeKey({ KeyId: aliasArn("alias/aws/kinesis") }),
      "AccessDeniedException",
      denial(
        userArn("admin", otherAccount),
        "DescribeKey",
        aliasArn("alias/aws/kinesis"),
        "resource-based",
      ),
    );
  });

  test("direct use and every change is denied, to administrator and root user alike", async () => {
    const KeyId = await idOf("alias/aws/s3");
    const arn = `arn:aws:kms:${region}:${account}:key/${KeyId}`;
    const customer = (await kms.createKey({})).KeyMetadata?.KeyId;
    const calls: Readonly<Record<string, (client: KMS) => Promise<unknown>>> = {
      Encrypt: (client) => client.encrypt({ KeyId: "alias/aws/s3", Plaintext }),
      GenerateDataKey: (client) => client.generateDataKey({ KeyId, KeySpec: "AES_256" }),
      GenerateDataKeyWithoutPlaintext: (client) =>
        client.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: "AES_256" }),
      ReEncryptTo: async (client) => {
        const { CiphertextBlob } = await kms.encrypt({ KeyId: customer, Plaintext });
        return client.reEncrypt({ CiphertextBlob, DestinationKeyId: KeyId });
      },
      CreateGrant: (client) =>
        client.createGrant({ KeyId, GranteePrincipal: userArn("nobody"), Operations: ["Encrypt"] }),
      PutKeyPolicy: (client) => client.putKeyPolicy({ KeyId, Policy: keyPolicy() }),
      EnableKey: (client) => client.enableKey({ KeyId }),
      DisableKey: (client) => client.disableKey({ KeyId }),
      EnableKeyRotation: (client) => client.enableKeyRotation({ KeyId }),
      DisableKeyRotation: (client) => client.disableKeyRotation({ KeyId }),
      RotateKeyOnDemand: (client) => client.rotateKeyOnDemand({ KeyId }),
      ScheduleKeyDeletion: (client) => client.scheduleKeyDeletion({ KeyId }),
      CancelKeyDeletion: (client) => client.cancelKeyDeletion({ KeyId }),
      TagResource: (client) => client.tagResource({ KeyId, Tags: [] }),
      UntagResource: (client) => client.untagResource({ KeyId, TagKeys: [] }),
      UpdateKeyDescription: (client) => client.updateKeyDescription({ KeyId, Description: "x" }),
      CreateAlias: (client) => client.createAlias({ AliasName: "alias/mine", TargetKeyId: KeyId }),
    };
    for (const [user, principal] of [
      ["admin", userArn("admin")],
      ["root", `arn:aws:iam::${account}:root`],
    ] as const)
      for (const [action, call] of Object.entries(calls))
        await refused(
          call(connect(server, user)),
          "AccessDeniedException",
          denial(principal, action, arn, "resource-based"),
        );
  });

  test("its metadata can be read", async () => {
    const KeyId = await idOf("alias/aws/s3");
    await kms.listGrants({ KeyId });
    await kms.listKeyPolicies({ KeyId });
    await kms.listResourceTags({ KeyId });
    await kms.listKeyRotations({ KeyId });
    assert.equal((await kms.getKeyRotationStatus({ KeyId })).KeyRotationEnabled, true);
  });

  test("it rotates every year", async () => {
    const before = await kms.describeKey({ KeyId: "alias/aws/lambda" });
    server.clock.offset = 366 * day;
    await server.sweep();
    const after = await connect(server).describeKey({ KeyId: "alias/aws/lambda" });
    server.clock.offset = 0;
    assert.equal(after.KeyMetadata?.KeyId, before.KeyMetadata?.KeyId);
    assert.notEqual(
      after.KeyMetadata?.CurrentKeyMaterialId,
      before.KeyMetadata?.CurrentKeyMaterialId,
    );
  });
});
