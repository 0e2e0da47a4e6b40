import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import type { NewKey } from "./support.ts";
import {
  aliasArn,
  connect,
  createKey,
  denial,
  keyArn,
  keyPolicy,
  missingId,
  openServer,
  otherAccount,
  refused,
  region,
  rootArn,
  seedWith,
  userArn,
} from "./support.ts";

type Call = (kms: KMS, KeyId: string) => Promise<unknown>;
const Plaintext = Buffer.of(1);
const upperCase = "0000000A-0000-4000-8000-000000000000";

/** Operations that take any of the four identifiers. */
const anyForm: Readonly<Record<string, Call>> = {
  DescribeKey: (kms, KeyId) => kms.describeKey({ KeyId }),
  Encrypt: (kms, KeyId) => kms.encrypt({ KeyId, Plaintext }),
  Decrypt: async (kms, KeyId) => {
    const { CiphertextBlob } = await kms.encrypt({ KeyId: "alias/named", Plaintext });
    return kms.decrypt({ KeyId, CiphertextBlob });
  },
  ReEncrypt: async (kms, KeyId) => {
    const { CiphertextBlob } = await kms.encrypt({ KeyId: "alias/named", Plaintext });
    return kms.reEncrypt({ SourceKeyId: KeyId, CiphertextBlob, DestinationKeyId: KeyId });
  },
  GenerateDataKey: (kms, KeyId) => kms.generateDataKey({ KeyId, KeySpec: "AES_128" }),
  GenerateDataKeyWithoutPlaintext: (kms, KeyId) =>
    kms.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: "AES_128" }),
};

/** Operations that take a key id or ARN only. */
const keyForms: Readonly<Record<string, Call>> = {
  DisableKeyRotation: (kms, KeyId) => kms.disableKeyRotation({ KeyId }),
  EnableKeyRotation: (kms, KeyId) => kms.enableKeyRotation({ KeyId }),
  EnableKey: (kms, KeyId) => kms.enableKey({ KeyId }),
  GetKeyPolicy: (kms, KeyId) => kms.getKeyPolicy({ KeyId }),
  GetKeyRotationStatus: (kms, KeyId) => kms.getKeyRotationStatus({ KeyId }),
  ListAliases: (kms, KeyId) => kms.listAliases({ KeyId }),
  ListGrants: (kms, KeyId) => kms.listGrants({ KeyId }),
  ListKeyPolicies: (kms, KeyId) => kms.listKeyPolicies({ KeyId }),
  ListKeyRotations: (kms, KeyId) => kms.listKeyRotations({ KeyId }),
  ListResourceTags: (kms, KeyId) => kms.listResourceTags({ KeyId }),
  TagResource: (kms, KeyId) => kms.tagResource({ KeyId, Tags: [] }),
  UntagResource: (kms, KeyId) => kms.untagResource({ KeyId, TagKeys: [] }),
  UpdateKeyDescription: (kms, KeyId) => kms.updateKeyDescription({ KeyId, Description: "d" }),
};

describe("key identifiers (facts 1.8, 3.3)", () => {
  let kms: KMS;
  let elsewhere: KMS;
  let foreign: KMS;
  let key: NewKey;
  before(async () => {
    const server = await openServer(seedWith({}));
    kms = connect(server);
    elsewhere = connect(server, "admin", "eu-west-1");
    foreign = connect(server, "other");
    key = await createKey(kms, {
      Policy: keyPolicy({ Principal: { AWS: rootArn(otherAccount) }, Action: "kms:*" }),
    });
    await kms.createAlias({ AliasName: "alias/named", TargetKeyId: key.id });
  });

  for (const [operation, call] of Object.entries(anyForm))
    test(`${operation} takes key id, key ARN, alias name and alias ARN`, async () => {
      for (const form of [key.id, key.arn, "alias/named", aliasArn("alias/named")])
        await call(kms, form);
    });

  for (const [operation, call] of Object.entries(keyForms))
    test(`${operation} takes key id and key ARN, not aliases`, async () => {
      await call(kms, key.id);
      await call(kms, key.arn);
      await refused(call(kms, "alias/named"), "NotFoundException", "Invalid keyId 'alias/named'");
      const arn = aliasArn("alias/named");
      await refused(call(kms, arn), "InvalidArnException", `Invalid arn ${arn}`);
    });

  for (const [operation, call] of Object.entries({ ...anyForm, ...keyForms }))
    test(`${operation}: what names no key here is not found, in AWS's words`, async () => {
      for (const [given, text] of [
        [missingId, `Key '${keyArn(missingId)}' does not exist`],
        [keyArn(missingId), `Key '${keyArn(missingId)}' does not exist`],
        [`mrk-${"0".repeat(32)}`, `Key '${keyArn(`mrk-${"0".repeat(32)}`)}' does not exist`],
        ["fake-key-id", "Invalid keyId 'fake-key-id'"],
        [missingId.replaceAll("-", ""), `Invalid keyId '${missingId.replaceAll("-", "")}'`],
        ["mrk-fake-key-id", "Invalid keyId 'mrk-fake-key-id'"],
        [upperCase, `Invalid keyId '${upperCase}'`],
        [keyArn("fake-key-id"), "Invalid keyId 'fake-key-id'"],
        [key.arn.replace(region, "eu-west-1"), "Invalid arn eu-west-1"],
      ] as const)
        await refused(call(kms, given), "NotFoundException", text);
    });

  for (const [operation, call] of Object.entries(anyForm))
    test(`${operation}: an alias that names nothing is not found`, async () => {
      const text = `Alias ${aliasArn("alias/none")} is not found.`;
      for (const form of ["alias/none", aliasArn("alias/none")])
        await refused(call(kms, form), "NotFoundException", text);
    });

  test("a broken ARN is an invalid ARN", async () => {
    for (const arn of [
      "arn:aws:kms",
      `arn:aws:s3:${region}:111122223333:key/${missingId}`,
      `arn:aws:kms:${region}:1111:key/${missingId}`,
      `arn:aws-cn:kms:${region}:111122223333:key/${missingId}`,
    ])
      await refused(kms.getKeyPolicy({ KeyId: arn }), "InvalidArnException", `Invalid arn ${arn}`);
  });

  test("operations whose model has no InvalidArnException answer a broken ARN with NotFoundException", async () => {
    const arn = `arn:aws:s3:${region}:111122223333:key/${missingId}`;
    for (const [operation, call] of Object.entries(anyForm)) {
      const code = operation === "DescribeKey" ? "InvalidArnException" : "NotFoundException";
      await refused(call(kms, arn), code, `Invalid arn ${arn}`);
    }
    const alias = { AliasName: "alias/target", TargetKeyId: arn };
    await refused(kms.createAlias(alias), "NotFoundException", `Invalid arn ${arn}`);
  });

  test("a key of one region is unknown in another", async () => {
    await refused(
      elsewhere.describeKey({ KeyId: key.id }),
      "NotFoundException",
      `Key '${keyArn(key.id, "111122223333", "eu-west-1")}' does not exist`,
    );
    await refused(
      elsewhere.describeKey({ KeyId: key.arn }),
      "NotFoundException",
      `Invalid arn ${region}`,
    );
    await refused(
      elsewhere.describeKey({ KeyId: "alias/named" }),
      "NotFoundException",
      "Alias arn:aws:kms:eu-west-1:111122223333:alias/named is not found.",
    );
  });

  test("a bare id or alias name belongs to the caller's account", async () => {
    await refused(
      foreign.describeKey({ KeyId: key.id }),
      "NotFoundException",
      `Key '${keyArn(key.id, otherAccount)}' does not exist`,
    );
    await refused(
      foreign.encrypt({ KeyId: "alias/named", Plaintext }),
      "NotFoundException",
      `Alias ${aliasArn("alias/named", otherAccount)} is not found.`,
    );
  });

  test("another account's key is reached by key ARN and alias ARN where the operation crosses accounts", async () => {
    for (const KeyId of [key.arn, aliasArn("alias/named")]) {
      assert.equal((await foreign.describeKey({ KeyId })).KeyMetadata?.Arn, key.arn);
      assert.equal((await foreign.encrypt({ KeyId, Plaintext })).KeyId, key.arn);
    }
    assert.deepEqual((await foreign.listGrants({ KeyId: key.arn })).Grants, []);
    await foreign.getKeyRotationStatus({ KeyId: key.arn });
  });

  test("whether another account has an alias, and which key it names, is for those only who may use the key", async () => {
    const closed = await createKey(kms);
    await kms.createAlias({ AliasName: "alias/closed", TargetKeyId: closed.id });
    for (const name of ["alias/closed", "alias/there-is-none"]) {
      const text = denial(
        userArn("admin", otherAccount),
        "DescribeKey",
        aliasArn(name),
        "resource-based",
      );
      await refused(foreign.describeKey({ KeyId: aliasArn(name) }), "AccessDeniedException", text);
    }
  });

  test("operations that do not cross accounts refuse another account's key, whatever its policy says", async () => {
    const caller = userArn("admin", otherAccount);
    const calls: Readonly<Record<string, Call>> = {
      DisableKey: (client, KeyId) => client.disableKey({ KeyId }),
      EnableKey: (client, KeyId) => client.enableKey({ KeyId }),
      EnableKeyRotation: (client, KeyId) => client.enableKeyRotation({ KeyId }),
      GetKeyPolicy: (client, KeyId) => client.getKeyPolicy({ KeyId }),
      ListResourceTags: (client, KeyId) => client.listResourceTags({ KeyId }),
      ListKeyPolicies: (client, KeyId) => client.listKeyPolicies({ KeyId }),
      ListKeyRotations: (client, KeyId) => client.listKeyRotations({ KeyId }),
      RotateKeyOnDemand: (client, KeyId) => client.rotateKeyOnDemand({ KeyId }),
      ScheduleKeyDeletion: (client, KeyId) => client.scheduleKeyDeletion({ KeyId }),
      CancelKeyDeletion: (client, KeyId) => client.cancelKeyDeletion({ KeyId }),
      TagResource: (client, KeyId) => client.tagResource({ KeyId, Tags: [] }),
      UntagResource: (client, KeyId) => client.untagResource({ KeyId, TagKeys: [] }),
      UpdateKeyDescription: (client, KeyId) =>
        client.updateKeyDescription({ KeyId, Description: "" }),
      CreateAlias: (client, TargetKeyId) =>
        client.createAlias({ AliasName: "alias/theirs", TargetKeyId }),
    };
    for (const [action, call] of Object.entries(calls))
      await refused(
        call(foreign, key.arn),
        "AccessDeniedException",
        denial(caller, action, key.arn, "resource-based"),
      );
  });
});
