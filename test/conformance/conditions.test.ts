import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import type { TestServer } from "../support/keywright.ts";
import type { Statement } from "./support.ts";
import {
  account,
  aliasArn,
  connect,
  createKey,
  decides,
  keyPolicy,
  openServer,
  otherAccount,
  rootArn,
  userArn,
} from "./support.ts";

const Plaintext = Buffer.of(1);
const nobody = { AWS: userArn("nobody") };

describe("condition keys in key policies (facts 12.4)", () => {
  let server: TestServer;
  let kms: KMS;
  let user: KMS;
  before(async () => {
    server = await openServer();
    kms = connect(server);
    user = connect(server, "nobody");
  });
  const keyFor = async (statement: Omit<Statement, "Principal">, input = {}): Promise<string> =>
    (await createKey(kms, { ...input, Policy: keyPolicy({ Principal: nobody, ...statement }) })).id;
  const encrypt = (KeyId: string, EncryptionContext?: Record<string, string>) => () =>
    user.encrypt({ KeyId, Plaintext, EncryptionContext });

  test("kms:EncryptionContext:<key>: the key's name without case, the value with", async () => {
    const id = await keyFor({
      Action: ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"],
      Condition: { StringEquals: { "kms:EncryptionContext:App": "ok" } },
    });
    const { CiphertextBlob } = await kms.encrypt({
      KeyId: id,
      Plaintext,
      EncryptionContext: { App: "ok" },
    });
    await decides([
      [true, encrypt(id, { App: "ok" })],
      [true, encrypt(id, { app: "ok", more: "x" })],
      [false, encrypt(id, { App: "OK" })],
      [false, encrypt(id)],
      [true, () => user.decrypt({ CiphertextBlob, KeyId: id, EncryptionContext: { App: "ok" } })],
      [false, () => user.decrypt({ CiphertextBlob, KeyId: id, EncryptionContext: { App: "no" } })],
      [
        true,
        () =>
          user.generateDataKey({ KeyId: id, KeySpec: "AES_256", EncryptionContext: { App: "ok" } }),
      ],
    ]);
  });

  test("kms:EncryptionContextKeys: the set of names", async () => {
    const only = { "ForAllValues:StringEquals": { "kms:EncryptionContextKeys": ["a", "b"] } };
    const id = await keyFor({ Action: "kms:Encrypt", Condition: only });
    const any = await keyFor({
      Action: "kms:Encrypt",
      Condition: { "ForAnyValue:StringEquals": { "kms:EncryptionContextKeys": "a" } },
    });
    await decides([
      [true, encrypt(id, { a: "", b: "" })],
      [true, encrypt(id)],
      [false, encrypt(id, { a: "", c: "" })],
      [true, encrypt(any, { a: "", c: "" })],
      [false, encrypt(any, { A: "" })],
      [false, encrypt(any)],
    ]);
  });

  test("kms:RequestAlias: the alias as typed, by name or ARN; none for ids", async () => {
    const id = await keyFor({
      Action: "kms:Encrypt",
      Condition: { StringEquals: { "kms:RequestAlias": "alias/given" } },
    });
    await kms.createAlias({ AliasName: "alias/given", TargetKeyId: id });
    await kms.createAlias({ AliasName: "alias/other", TargetKeyId: id });
    await decides([
      [true, encrypt("alias/given")],
      [true, encrypt(aliasArn("alias/given"))],
      [false, encrypt("alias/other")],
      [false, encrypt(id)],
    ]);
  });

  test("kms:CallerAccount: the account of who calls", async () => {
    const id = await keyFor({
      Action: "kms:Encrypt",
      Condition: { StringEquals: { "kms:CallerAccount": otherAccount } },
    });
    const Policy = keyPolicy({
      Principal: { AWS: [rootArn(otherAccount), userArn("nobody")] },
      Action: "kms:Encrypt",
      Condition: { StringEquals: { "kms:CallerAccount": account } },
    });
    const { arn } = await createKey(kms, { Policy });
    await decides([
      [true, encrypt(arn)],
      [false, () => connect(server, "other").encrypt({ KeyId: arn, Plaintext })],
      [false, encrypt(id)],
    ]);
  });

  test("kms:ViaService: no direct caller has it, whatever it sends", async () => {
    const positive = await keyFor({
      Action: "kms:Encrypt",
      Condition: { StringLike: { "kms:ViaService": "*" } },
    });
    const negative = await keyFor({
      Action: "kms:Encrypt",
      Condition: { Null: { "kms:ViaService": "true" } },
    });
    user.middlewareStack.add(
      (next) => (args) => {
        Object.assign((args.request as { headers: object }).headers, {
          "x-amz-via-service": "s3.us-east-1.amazonaws.com",
          "x-amz-source-arn": "arn:aws:s3:::bucket",
        });
        return next(args);
      },
      { step: "build", name: "pretender" },
    );
    await decides([
      [false, encrypt(positive)],
      [true, encrypt(negative)],
    ]);
    user.middlewareStack.remove("pretender");
  });

  test("kms:EncryptionAlgorithm, kms:KeySpec, kms:KeyUsage, kms:KeyOrigin, kms:MultiRegion and their old names", async () => {
    const right = {
      "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
      "kms:KeySpec": "SYMMETRIC_DEFAULT",
      "kms:KeyUsage": "ENCRYPT_DECRYPT",
      "kms:KeyOrigin": "AWS_KMS",
      "kms:MultiRegion": "false",
      "kms:CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
      "kms:CustomerMasterKeyUsage": "ENCRYPT_DECRYPT",
    };
    for (const [name, value] of Object.entries(right)) {
      const id = await keyFor({
        Action: "kms:Encrypt",
        Condition: { StringEquals: { [name]: value } },
      });
      const not = await keyFor({
        Action: "kms:Encrypt",
        Condition: { StringEquals: { [name]: "other" } },
      });
      await decides([
        [true, encrypt(id)],
        [false, encrypt(not)],
      ]);
    }
  });

  test("kms:GrantOperations, kms:GranteePrincipal, kms:RetiringPrincipal, kms:GrantConstraintType, kms:GrantIsForAWSResource", async () => {
    const grant = (KeyId: string, more: object) => () =>
      user.createGrant({
        KeyId,
        GranteePrincipal: userArn("manager"),
        Operations: ["Encrypt"],
        ...more,
      });
    const conditional = (Condition: object) => keyFor({ Action: "kms:CreateGrant", Condition });
    const operations = await conditional({
      "ForAllValues:StringEquals": { "kms:GrantOperations": ["Encrypt", "Decrypt"] },
    });
    const grantee = await conditional({
      StringEquals: { "kms:GranteePrincipal": userArn("manager") },
    });
    const retiring = await conditional({
      StringEquals: { "kms:RetiringPrincipal": userArn("admin") },
    });
    const type = await conditional({
      StringEquals: { "kms:GrantConstraintType": "EncryptionContextSubset" },
    });
    const context = await conditional({ StringEquals: { "kms:EncryptionContext:a": "1" } });
    const forService = await conditional({ Bool: { "kms:GrantIsForAWSResource": "true" } });
    const notForService = await conditional({ Bool: { "kms:GrantIsForAWSResource": "false" } });
    const subset = { Constraints: { EncryptionContextSubset: { a: "1" } } };
    await decides([
      [true, grant(operations, {})],
      [false, grant(operations, { Operations: ["Encrypt", "DescribeKey"] })],
      [true, grant(grantee, {})],
      [false, grant(grantee, { GranteePrincipal: userArn("nobody") })],
      [true, grant(retiring, { RetiringPrincipal: userArn("admin") })],
      [false, grant(retiring, {})],
      [true, grant(type, subset)],
      [false, grant(type, { Constraints: { EncryptionContextEquals: { a: "1" } } })],
      [false, grant(type, {})],
      [true, grant(context, subset)],
      [false, grant(context, {})],
      [false, grant(forService, {})],
      [true, grant(notForService, {})],
    ]);
  });

  test("RetireGrant: kms:GrantConstraintType and the context speak of the grant's constraints", async () => {
    const Policy = keyPolicy({
      Effect: "Deny",
      Principal: nobody,
      Action: "kms:RetireGrant",
      Condition: {
        StringEquals: {
          "kms:GrantConstraintType": "EncryptionContextSubset",
          "kms:EncryptionContext:a": "1",
        },
      },
    });
    const { id: KeyId } = await createKey(kms, { Policy });
    const retire = (Constraints?: object) => async () => {
      const { GrantId } = await kms.createGrant({
        KeyId,
        GranteePrincipal: userArn("nobody"),
        RetiringPrincipal: userArn("nobody"),
        Operations: ["Encrypt"],
        Constraints,
      });
      return user.retireGrant({ KeyId, GrantId });
    };
    await decides([
      [true, retire()],
      [false, retire({ EncryptionContextSubset: { a: "1" } })],
      [true, retire({ EncryptionContextSubset: { a: "2" } })],
      [true, retire({ EncryptionContextEquals: { a: "1" } })],
    ]);
  });

  test("kms:ReEncryptOnSameKey", async () => {
    const Policy = keyPolicy({
      Principal: nobody,
      Action: ["kms:ReEncrypt*"],
      Condition: { Bool: { "kms:ReEncryptOnSameKey": "true" } },
    });
    const { id } = await createKey(kms, { Policy });
    const { id: other } = await createKey(kms, { Policy });
    const { CiphertextBlob } = await kms.encrypt({ KeyId: id, Plaintext });
    const move = (DestinationKeyId: string) => () =>
      user.reEncrypt({ CiphertextBlob, SourceKeyId: id, DestinationKeyId });
    await decides([
      [true, move(id)],
      [false, move(other)],
    ]);
  });

  test("kms:ScheduleKeyDeletionPendingWindowInDays and kms:RotationPeriodInDays, defaults included", async () => {
    const window = await keyFor({
      Action: "kms:ScheduleKeyDeletion",
      Condition: {
        NumericGreaterThanEquals: { "kms:ScheduleKeyDeletionPendingWindowInDays": "20" },
      },
    });
    const period = await keyFor({
      Action: "kms:EnableKeyRotation",
      Condition: { NumericLessThanEquals: { "kms:RotationPeriodInDays": "180" } },
    });
    const rotate = (RotationPeriodInDays?: number) => () =>
      user.enableKeyRotation({ KeyId: period, RotationPeriodInDays });
    await decides([
      [false, rotate()],
      [false, rotate(181)],
      [true, rotate(180)],
      [false, () => user.scheduleKeyDeletion({ KeyId: window, PendingWindowInDays: 7 })],
      [true, () => user.scheduleKeyDeletion({ KeyId: window })],
    ]);
  });

  test("kms:BypassPolicyLockoutSafetyCheck in PutKeyPolicy", async () => {
    const Policy = keyPolicy(
      { Principal: nobody, Action: "kms:PutKeyPolicy" },
      {
        Effect: "Deny",
        Principal: nobody,
        Action: "kms:PutKeyPolicy",
        Condition: { Bool: { "kms:BypassPolicyLockoutSafetyCheck": "true" } },
      },
    );
    const { id: KeyId } = await createKey(kms, { Policy });
    await decides([
      [true, () => user.putKeyPolicy({ KeyId, Policy })],
      [false, () => user.putKeyPolicy({ KeyId, Policy, BypassPolicyLockoutSafetyCheck: true })],
    ]);
  });

  test("aws:SourceIp, aws:SecureTransport, aws:CurrentTime, aws:PrincipalArn, aws:RequestedRegion", async () => {
    for (const [allowed, Condition] of [
      [true, { IpAddress: { "aws:SourceIp": "127.0.0.0/8" } }],
      [false, { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } }],
      [false, { Bool: { "aws:SecureTransport": "true" } }],
      [true, { Bool: { "aws:SecureTransport": "false" } }],
      [true, { DateGreaterThan: { "aws:CurrentTime": "2020-01-01T00:00:00Z" } }],
      [false, { DateLessThan: { "aws:CurrentTime": "2020-01-01T00:00:00Z" } }],
      [true, { ArnEquals: { "aws:PrincipalArn": userArn("nobody") } }],
      [true, { StringEquals: { "aws:RequestedRegion": "us-east-1" } }],
      [false, { StringEquals: { "aws:RequestedRegion": "eu-west-1" } }],
      [true, { StringEquals: { "aws:PrincipalAccount": account, "aws:ResourceAccount": account } }],
      [true, { StringEquals: { "aws:PrincipalType": "User", "aws:username": "nobody" } }],
      [true, { Bool: { "aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false" } }],
    ] as const) {
      const id = await keyFor({ Action: "kms:Encrypt", Condition });
      await decides([[allowed, encrypt(id)]]);
    }
  });
});
