import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import { auditOf, connect, openServer } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { accessKeys } from "../support/keywright.ts";
import { connectIam, newAccessKey, refusedBy, seedWithAdmins } from "./support.ts";

describe("access keys of IAM", () => {
  let server: TestServer;
  let iam: IAM;
  before(async () => {
    server = await openServer(seedWithAdmins());
    iam = connectIam(server);
  });

  test("a new key signs at once, and its secret is shown only then", async () => {
    await iam.createUser({ UserName: "alice" });
    await iam.addUserToGroup({ GroupName: "admins", UserName: "alice" });
    const { AccessKey } = await iam.createAccessKey({ UserName: "alice" });
    assert.match(String(AccessKey?.AccessKeyId), /^AKIA[A-Z2-7]{16}$/);
    assert.match(String(AccessKey?.SecretAccessKey), /^[A-Za-z0-9+/]{40}$/);
    assert.ok(AccessKey !== undefined);
    const { SecretAccessKey: secret, ...shown } = AccessKey;
    const { AccessKeyMetadata } = await iam.listAccessKeys({ UserName: "alice" });
    assert.deepEqual(AccessKeyMetadata, [shown]);
    const alice = connectIam(server, {
      accessKeyId: String(AccessKey?.AccessKeyId),
      secretAccessKey: String(secret),
    });
    assert.equal((await alice.getUser({})).User?.UserName, "alice");
    const [record] = await auditOf(server, "CreateAccessKey");
    assert.equal(JSON.stringify(record).includes(String(secret)), false);
    assert.ok(JSON.stringify(record?.["responseElements"]).includes(String(shown.AccessKeyId)));
  });

  test("a user has two keys at most, so that one can follow the other", async () => {
    await iam.createUser({ UserName: "rotating" });
    const first = await newAccessKey(iam, "rotating");
    await newAccessKey(iam, "rotating");
    await refusedBy(
      iam.createAccessKey({ UserName: "rotating" }),
      "LimitExceededException",
      409,
      "Cannot exceed quota for AccessKeysPerUser: 2",
    );
    await iam.deleteAccessKey({ UserName: "rotating", AccessKeyId: first.accessKeyId });
    await newAccessKey(iam, "rotating");
  });

  test("without a name, a user works on its own keys", async () => {
    await iam.createUser({ UserName: "self" });
    await iam.addUserToGroup({ GroupName: "admins", UserName: "self" });
    const key = await newAccessKey(iam, "self");
    const self = connectIam(server, key);
    const { AccessKeyMetadata: [metadata] = [] } = await self.listAccessKeys({});
    assert.equal(metadata?.AccessKeyId, key.accessKeyId);
    assert.equal(metadata.UserName, "self");
    const second = await newAccessKey(self);
    await self.updateAccessKey({ AccessKeyId: second.accessKeyId, Status: "Inactive" });
    await self.deleteAccessKey({ AccessKeyId: second.accessKeyId });
  });

  test("an inactive key is refused from the next call on, and works again when it is active", async () => {
    await iam.createUser({ UserName: "paused" });
    await iam.addUserToGroup({ GroupName: "admins", UserName: "paused" });
    const key = await newAccessKey(iam, "paused");
    const paused = connectIam(server, key);
    await paused.getUser({});
    const set = (Status: "Active" | "Inactive") =>
      iam.updateAccessKey({ UserName: "paused", AccessKeyId: key.accessKeyId, Status });
    await set("Inactive");
    const refusal = "The security token included in the request is invalid.";
    await refusedBy(paused.getUser({}), "InvalidClientTokenId", 403, refusal);
    await assert.rejects(connect(server, key).listKeys({}), {
      name: "UnrecognizedClientException",
    });
    await set("Active");
    await paused.getUser({});
    await iam.deleteAccessKey({ UserName: "paused", AccessKeyId: key.accessKeyId });
    await refusedBy(paused.getUser({}), "InvalidClientTokenId", 403, refusal);
  });

  test("a user's keys are nobody else's", async () => {
    await iam.createUser({ UserName: "bob" });
    const AccessKeyId = accessKeys.admin.accessKeyId;
    const refusal = `The Access Key with id ${AccessKeyId} cannot be found.`;
    for (const call of [
      () => iam.updateAccessKey({ UserName: "bob", AccessKeyId, Status: "Inactive" }),
      () => iam.deleteAccessKey({ UserName: "bob", AccessKeyId }),
    ])
      await refusedBy(call(), "NoSuchEntityException", 404, refusal);
  });

  test("the root user works on its own keys, which have no user name", async () => {
    const root = connectIam(server, "root");
    const { AccessKeyMetadata: [metadata] = [] } = await root.listAccessKeys({});
    assert.equal(metadata?.AccessKeyId, accessKeys.root.accessKeyId);
    assert.equal(metadata.UserName, undefined);
    const { User } = await root.getUser({});
    assert.equal(User?.Arn, "arn:aws:iam::111122223333:root");
    assert.equal(User.UserName, undefined);
  });
});

describe("the last use of an access key", () => {
  let server: TestServer;
  let iam: IAM;
  before(async () => {
    server = await openServer(seedWithAdmins());
    iam = connectIam(server);
  });

  const lastUsed = async (key: { readonly accessKeyId: string }) => {
    const { AccessKeyLastUsed, UserName } = await iam.getAccessKeyLastUsed({
      AccessKeyId: key.accessKeyId,
    });
    return { ...AccessKeyLastUsed, UserName };
  };

  test("is not there before the first call, and names service and region after it", async () => {
    await iam.createUser({ UserName: "alice" });
    const key = await newAccessKey(iam, "alice");
    assert.deepEqual(await lastUsed(key), {
      UserName: "alice",
      ServiceName: "N/A",
      Region: "N/A",
    });
    await assert.rejects(connect(server, key, "eu-west-1").listKeys({}), {
      name: "AccessDeniedException",
    });
    const { LastUsedDate, ...used } = await lastUsed(key);
    assert.deepEqual(used, { UserName: "alice", ServiceName: "kms", Region: "eu-west-1" });
    assert.ok(LastUsedDate instanceof Date);
  });

  test("is exact while the service runs, and at most a minute old after a restart", async () => {
    const key = accessKeys.nobody;
    await assert.rejects(connect(server, "nobody", "eu-west-1").listKeys({}));
    const first = await lastUsed(key);
    server.clock.offset += 30_000;
    await assert.rejects(connect(server, "nobody", "us-east-1").listKeys({}));
    iam = connectIam(server);
    const second = await lastUsed(key);
    assert.equal(second.Region, "us-east-1");
    assert.ok(Number(second.LastUsedDate) > Number(first.LastUsedDate));
    await server.restart();
    iam = connectIam(server);
    assert.deepEqual(await lastUsed(key), first);
    server.clock.offset += 61_000;
    await assert.rejects(connect(server, "nobody", "ap-south-1").listKeys({}));
    await server.restart();
    iam = connectIam(server);
    assert.equal((await lastUsed(key)).Region, "ap-south-1");
  });

  test("of a key of another account, or of none, is not told", async () => {
    for (const AccessKeyId of [accessKeys.other.accessKeyId, "AKIANOSUCHKEY000TEST"])
      await refusedBy(
        iam.getAccessKeyLastUsed({ AccessKeyId }),
        "NoSuchEntityException",
        404,
        `The Access Key with id ${AccessKeyId} cannot be found.`,
      );
  });
});
