import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { KMSServiceException } from "@aws-sdk/client-kms";
import { STSServiceException } from "@aws-sdk/client-sts";
import type { JsonObject } from "../../src/base/json.ts";
import { installed, runClient, withoutClient } from "../conformance/clients.ts";
import {
  account,
  connect,
  createKey,
  keyPolicy,
  openServer,
  otherAccount,
  region,
  rootArn,
  seedWith,
  userArn,
} from "../conformance/support.ts";
import { connectIam } from "../iam/support.ts";
import type { TestServer, TestUser } from "../support/keywright.ts";
import { assume, connectSts, makeRole, refusedBy, roleArn, trusting } from "./support.ts";

const header = "x-keywright-authorization-message";

/** The headers of an answer, as the SDK keeps them with the error. */
async function headersOf(
  call: Promise<unknown>,
): Promise<Readonly<Record<string, string | undefined>>> {
  try {
    await call;
  } catch (error) {
    const known = error instanceof KMSServiceException || error instanceof STSServiceException;
    if (!known) throw error;
    return error.$response?.headers ?? {};
  }
  throw new assert.AssertionError({ message: "the call was allowed" });
}

async function messageOf(call: Promise<unknown>): Promise<string> {
  const message = (await headersOf(call))[header];
  assert.ok(message !== undefined, "the refusal carries no message");
  return message;
}

describe("DecodeAuthorizationMessage", () => {
  let server: TestServer;
  before(async () => {
    server = await openServer(
      seedWith({
        encryptor: {
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Action: ["kms:*", "sts:AssumeRole"], Resource: "*" },
            { Sid: "NoLists", Effect: "Deny", Action: "kms:ListKeys", Resource: "*" },
          ],
        },
      }),
    );
  });

  async function decoded(message: string, user: TestUser = "admin"): Promise<JsonObject> {
    const sts = connectSts(server, user);
    const { DecodedMessage = "" } = await sts.decodeAuthorizationMessage({
      EncodedMessage: message,
    });
    return JSON.parse(DecodedMessage) as JsonObject;
  }

  const reasonsOf = async (call: Promise<unknown>, user?: TestUser) =>
    decoded(await messageOf(call), user);

  test("tells who was refused what for lack of a permission, in AWS's form", async () => {
    const nobody = connect(server, "nobody");
    const { context, ...rest } = await reasonsOf(nobody.listKeys({}));
    assert.deepEqual(rest, {
      allowed: false,
      explicitDeny: false,
      matchedStatements: { items: [] },
      failures: { items: [] },
      because: { kind: "no-allow", layer: "identity" },
    });
    const { conditions, ...asked } = context as JsonObject;
    const { UserId: id } = await connectSts(server, "nobody").getCallerIdentity({});
    assert.deepEqual(asked, {
      principal: { id, name: "nobody", arn: userArn("nobody") },
      action: "kms:ListKeys",
      resource: "*",
    });
    const { items } = conditions as { readonly items: readonly unknown[] };
    assert.ok(
      items.some(
        (each) =>
          JSON.stringify(each) ===
          JSON.stringify({ key: "aws:RequestedRegion", values: { items: [{ value: region }] } }),
      ),
    );
  });

  test("names the statement that denies", async () => {
    const told = await reasonsOf(connect(server, "encryptor").listKeys({}));
    assert.equal(told["explicitDeny"], true);
    assert.partialDeepStrictEqual(told["matchedStatements"], {
      items: [{ statementId: "NoLists", effect: "DENY" }],
    });
    assert.partialDeepStrictEqual(told["because"], {
      kind: "explicit-deny",
      by: { layer: "identity", index: 2, sid: "NoLists" },
    });
  });

  test("tells the owner of a key what its policy lacks, with the values of the key's conditions", async () => {
    const { id: KeyId, arn } = await createKey(connect(server), {
      Policy: keyPolicy(),
      Tags: [{ TagKey: "team", TagValue: "blue" }],
    });
    const told = await reasonsOf(connect(server, "nobody").describeKey({ KeyId }));
    assert.partialDeepStrictEqual(told, { context: { action: "kms:DescribeKey", resource: arn } });
    assert.match(JSON.stringify(told), /aws:ResourceTag\/team.{1,40}blue/);
  });

  test("tells another account nothing of a key's policy and tags", async () => {
    const { arn } = await createKey(connect(server), {
      Policy: keyPolicy({
        Sid: "SecretSid",
        Effect: "Deny",
        Principal: { AWS: userArn("admin", otherAccount) },
        Action: "kms:DescribeKey",
      }),
      Tags: [{ TagKey: "SecretTag", TagValue: "SecretValue" }],
    });
    const told = await reasonsOf(connect(server, "other").describeKey({ KeyId: arn }), "other");
    assert.deepEqual(told["because"], {
      kind: "explicit-deny",
      by: { kind: "hidden", layer: "resource" },
    });
    assert.deepEqual(told["matchedStatements"], { items: [] });
    assert.equal(told["explicitDeny"], true);
    assert.doesNotMatch(JSON.stringify(told), /Secret/);
  });

  test("tells the account that gave a grant nothing of the policy of the other account's key", async () => {
    const other = { AWS: rootArn(otherAccount) };
    const { arn: KeyId } = await createKey(connect(server), {
      Policy: keyPolicy(
        { Principal: other, Action: "kms:CreateGrant" },
        { Sid: "SecretSid", Effect: "Deny", Principal: { AWS: "*" }, Action: "kms:RetireGrant" },
      ),
    });
    const kms = connect(server, "other");
    const { GrantId } = await kms.createGrant({
      KeyId,
      GranteePrincipal: userArn("admin", otherAccount),
      Operations: ["Decrypt"],
    });
    const told = await reasonsOf(kms.retireGrant({ KeyId, GrantId }), "other");
    assert.partialDeepStrictEqual(told["context"], { action: "kms:RetireGrant", resource: KeyId });
    assert.doesNotMatch(JSON.stringify(told), /Secret/);
  });

  test("does not tell whether another account has such a role or alias", async () => {
    const sts = connectSts(server, "other");
    await makeRole(connectIam(server), "closed", { trust: trusting(userArn("admin")) });
    const { id: TargetKeyId } = await createKey(connect(server), { Policy: keyPolicy() });
    await connect(server).createAlias({ AliasName: "alias/closed", TargetKeyId });
    const alias = (name: string) => `arn:aws:kms:${region}:${account}:alias/${name}`;
    const plain = async (call: Promise<unknown>, name: string) =>
      JSON.stringify(await reasonsOf(call, "other"))
        .replaceAll(name, "NAME")
        .replaceAll(/"aws:(CurrentTime|EpochTime)","values":\{"items":\[\{"value":"[^"]*"/g, "");
    const roles = ["closed", "absent"].map((name) => plain(assume(sts, roleArn(name)), name));
    const kms = connect(server, "other");
    const keys = ["closed", "absent"].map((name) =>
      plain(kms.describeKey({ KeyId: alias(name) }), name),
    );
    for (const [closed, absent] of [await Promise.all(roles), await Promise.all(keys)])
      assert.equal(closed, absent);
    assert.match(String((await Promise.all(roles))[0]), /"resource":"arn:aws:iam.*role\/NAME"/);
  });

  test("within the account it tells why a role was not opened, though the refusal does not", async () => {
    const arn = await makeRole(connectIam(server), "shut", { trust: trusting(userArn("admin")) });
    const told = await reasonsOf(assume(connectSts(server, "encryptor"), arn));
    assert.partialDeepStrictEqual(told["because"], { kind: "no-allow", layer: "trust" });
  });

  test("all messages have one length, however much there is to tell, and fit into headers", async () => {
    const iam = connectIam(server);
    const Tags = Array.from({ length: 50 }, (_, index) => ({
      Key: `tag${index}`,
      Value: "é".repeat(256),
    }));
    await iam.tagUser({ UserName: "nobody", Tags });
    const longest = `arn:aws:iam::${account}:role/${"é".repeat(2000)}`;
    const nobody = connectSts(server, "nobody");
    const messages = [
      await messageOf(connect(server, "nobody").listKeys({})),
      await messageOf(connect(server, "encryptor").listKeys({})),
      await messageOf(assume(nobody, longest)),
      await messageOf(assume(nobody, roleArn("absent"))),
    ];
    assert.deepEqual(new Set(messages.map(({ length }) => length)), new Set([2_840]));
    for (const message of messages) assert.equal((await decoded(message))["allowed"], false);
    await iam.untagUser({ UserName: "nobody", TagKeys: Tags.map(({ Key }) => Key) });
  });

  test("is for principals of the caller's account that are permitted to", async () => {
    const message = await messageOf(connect(server, "nobody").listKeys({}));
    const invalid = (user: TestUser, EncodedMessage: string) =>
      refusedBy(
        connectSts(server, user).decodeAuthorizationMessage({ EncodedMessage }),
        "InvalidAuthorizationMessageException",
        400,
        "Message is not valid",
      );
    await invalid("other", message);
    for (const spoilt of ["x", `${message}=`, `${message} `, message.slice(0, -4)])
      await invalid("admin", spoilt);
    const refused = connectSts(server, "nobody").decodeAuthorizationMessage({
      EncodedMessage: message,
    });
    const told = await reasonsOf(refused);
    assert.partialDeepStrictEqual(told["context"], { action: "sts:DecodeAuthorizationMessage" });
  });

  test("refusals for lack of permission alone carry messages", async () => {
    const { id: KeyId } = await createKey(connect(server), { Policy: keyPolicy() });
    const kms = connect(server, "encryptor");
    const headers: string[] = [];
    kms.middlewareStack.add(
      (next) => async (args) => {
        const answered = await next(args);
        const { response } = answered as { readonly response: { readonly headers: object } };
        headers.push(...Object.keys(response.headers));
        return answered;
      },
      { step: "deserialize" },
    );
    await kms.describeKey({ KeyId });
    assert.ok(headers.includes("x-amzn-requestid") && !headers.includes(header));
    const missing = await headersOf(kms.describeKey({ KeyId: "alias/absent" }));
    assert.equal(missing[header], undefined);
  });

  test("the AWS CLI decodes a message", async (context) => {
    const [program] = installed("aws");
    if (program === undefined) return withoutClient(context, "the AWS CLI");
    const message = await messageOf(connect(server, "nobody").listKeys({}));
    const { out, error } = await runClient(server, server.folder, program, [
      ...["sts", "decode-authorization-message", "--encoded-message", message],
      ...["--query", "DecodedMessage", "--output", "text"],
      ...["--endpoint-url", server.url],
    ]);
    assert.equal(error, "");
    assert.partialDeepStrictEqual(JSON.parse(out), {
      allowed: false,
      context: { action: "kms:ListKeys", principal: { name: "nobody" } },
    });
  });
});
