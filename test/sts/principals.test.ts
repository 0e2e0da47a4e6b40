import * as assert from "node:assert/strict";
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import type { KMS } from "@aws-sdk/client-kms";
import {
  account,
  auditOf,
  connect,
  createKey,
  delegation,
  openServer,
  otherAccount,
  policyOf,
  refused,
  rootArn,
  userArn,
} from "../conformance/support.ts";
import { connectIam } from "../iam/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { assume, connectSts, kmsAs, makeRole, refusedBy, roleArn, trusting } from "./support.ts";

const sessionOf = (role: string, session: string): string =>
  `arn:aws:sts::${account}:assumed-role/${role}/${session}`;
const plaintext = Buffer.from("secret");

describe("roles and their sessions as principals of KMS", () => {
  let server: TestServer;
  let iam: IAM;
  let kms: KMS;
  const role = roleArn("app");
  const trust = trusting([userArn("admin"), rootArn(otherAccount)], {
    Action: ["sts:AssumeRole", "sts:TagSession"],
  });
  const as = async (name: string, more: Parameters<typeof assume>[2] = {}, arn = role) =>
    kmsAs(server, await assume(connectSts(server), arn, { RoleSessionName: name, ...more }));
  const keyFor = (principal: string, more: object = {}) =>
    createKey(kms, {
      Policy: JSON.stringify(
        policyOf(delegation, { Principal: { AWS: principal }, Action: "kms:Encrypt", ...more }),
      ),
    });
  const denied = (call: Promise<unknown>): Promise<void> =>
    refused(call, "AccessDeniedException", /is not authorized to perform: kms:Encrypt/);
  before(async () => {
    server = await openServer();
    iam = connectIam(server);
    kms = connect(server);
    await makeRole(iam, "app", { trust });
  });

  test("a key policy can name the role, within its session policies", async () => {
    const { id: KeyId } = await keyFor(role);
    await (await as("one")).encrypt({ KeyId, Plaintext: plaintext });
    const Policy = JSON.stringify(policyOf({ Action: "kms:ListKeys" }));
    await denied((await as("one", { Policy })).encrypt({ KeyId, Plaintext: plaintext }));
  });

  test("a key policy can name one session", async () => {
    const { id: KeyId } = await keyFor(sessionOf("app", "one"));
    await (await as("one")).encrypt({ KeyId, Plaintext: plaintext });
    await denied((await as("two")).encrypt({ KeyId, Plaintext: plaintext }));
  });

  test("a key policy that named a deleted role does not mean the one that got its name", async () => {
    const arn = await makeRole(iam, "again", { trust });
    const { id: KeyId } = await keyFor(arn);
    await (await as("one", {}, arn)).encrypt({ KeyId, Plaintext: plaintext });
    await iam.deleteRole({ RoleName: "again" });
    await makeRole(iam, "again", { trust });
    await denied((await as("one", {}, arn)).encrypt({ KeyId, Plaintext: plaintext }));
  });

  test("conditions see the role, the session's id and its tags", async () => {
    const { Role } = await iam.getRole({ RoleName: "app" });
    const { id: KeyId } = await keyFor("*", {
      Condition: {
        ArnEquals: { "aws:PrincipalArn": role },
        StringEquals: { "aws:PrincipalTag/team": "a", "aws:PrincipalType": "AssumedRole" },
        StringLike: { "aws:userid": `${Role?.RoleId}:*` },
        Null: { "aws:username": "true" },
        Bool: { "aws:MultiFactorAuthPresent": "false" },
      },
    });
    const Tags = [{ Key: "team", Value: "a" }];
    await (await as("one", { Tags })).encrypt({ KeyId, Plaintext: plaintext });
    await denied((await as("one")).encrypt({ KeyId, Plaintext: plaintext }));
  });

  test("a grant can be for a role or for one session, and a session can retire it", async () => {
    const { id: KeyId } = await createKey(kms);
    for (const [GranteePrincipal, other] of [
      [role, true],
      [sessionOf("app", "one"), false],
    ] as const) {
      const { GrantId } = await kms.createGrant({
        KeyId,
        GranteePrincipal,
        RetiringPrincipal: GranteePrincipal,
        Operations: ["Encrypt"],
      });
      const { Grants = [] } = await kms.listGrants({ KeyId });
      assert.equal(Grants[0]?.GranteePrincipal, GranteePrincipal);
      await (await as("one")).encrypt({ KeyId, Plaintext: plaintext });
      const two = (await as("two")).encrypt({ KeyId, Plaintext: plaintext });
      if (other) await two;
      else await denied(two);
      const arn = `arn:aws:kms:us-east-1:${account}:key/${KeyId}`;
      await (await as("one")).retireGrant({ KeyId: arn, GrantId });
      await denied((await as("one")).encrypt({ KeyId, Plaintext: plaintext }));
    }
  });

  test("records say whose session it was", async () => {
    const tags = { Tags: [{ Key: "team", Value: "a" }] };
    const session = await assume(connectSts(server), role, { RoleSessionName: "seen", ...tags });
    const [started] = (await auditOf(server, "AssumeRole")).toReversed();
    assert.equal(started?.["eventSource"], "sts.amazonaws.com");
    assert.equal(started["readOnly"], true);
    assert.deepEqual(started["resources"], [
      { accountId: account, type: "AWS::IAM::Role", ARN: role },
    ]);
    assert.deepEqual(started["requestParameters"], {
      roleArn: role,
      roleSessionName: "seen",
      tags: [{ key: "team", value: "a" }],
    });
    const { Role } = await iam.getRole({ RoleName: "app" });
    const { credentials, ...rest } = started["responseElements"] as Record<string, unknown>;
    assert.deepEqual(
      { ...rest, packedPolicySize: undefined },
      {
        assumedRoleUser: { assumedRoleId: `${Role?.RoleId}:seen`, arn: sessionOf("app", "seen") },
        packedPolicySize: undefined,
        sessionTokenSize: session.sessionToken?.length,
        sessionTokenUtilization: Math.ceil((session.sessionToken?.length ?? 0) / 102.4),
      },
    );
    assert.deepEqual(Object.keys(credentials as object), ["accessKeyId", "expiration"]);
    assert.equal((credentials as { accessKeyId: string }).accessKeyId, session.accessKeyId);

    const { id: KeyId } = await keyFor(role);
    await kmsAs(server, session).encrypt({ KeyId, Plaintext: plaintext });
    const [used] = (await auditOf(server, "Encrypt")).toReversed();
    const { sessionContext, ...identity } = (used?.["userIdentity"] ?? {}) as Record<
      string,
      unknown
    >;
    assert.deepEqual(identity, {
      type: "AssumedRole",
      principalId: `${Role?.RoleId}:seen`,
      arn: sessionOf("app", "seen"),
      accountId: account,
      accessKeyId: session.accessKeyId,
    });
    const { attributes = {}, ...issuer } = sessionContext as Partial<
      Record<string, Record<string, unknown>>
    >;
    assert.deepEqual(issuer, {
      sessionIssuer: {
        type: "Role",
        principalId: Role?.RoleId,
        arn: role,
        accountId: account,
        userName: "app",
      },
    });
    assert.equal(attributes["mfaAuthenticated"], "false");
    assert.match(String(attributes["creationDate"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  test("no secret and no token of a session is in any file", async () => {
    const session = await assume(connectSts(server), role);
    await kmsAs(server, session)
      .listKeys({})
      .catch(() => undefined);
    const { sessionToken = "", secretAccessKey, accessKeyId } = session;
    const files = globSync("**/*", { cwd: server.folder })
      .map((file) => join(server.folder, file))
      .filter((file) => statSync(file).isFile())
      .map((file) => readFileSync(file));
    assert.ok(
      files.some((bytes) => bytes.includes(accessKeyId)),
      "it is looked for where it would be",
    );
    for (const secret of [secretAccessKey, sessionToken.slice(64, 128)])
      assert.ok(!files.some((bytes) => bytes.includes(secret)));
  });

  test("the account of a role learns that another one assumed it, a refusal is the caller's alone", async () => {
    const other = connectSts(server, "other");
    const before = (await auditOf(server, "AssumeRole")).length;
    await assume(other, role);
    const records = (await auditOf(server, "AssumeRole")).slice(before);
    const recipients = records.map((each) => each["recipientAccountId"]);
    assert.deepEqual(recipients.toSorted(), [account, otherAccount]);
    const [owners] = records.filter((each) => each["recipientAccountId"] === account);
    const { UserId: principalId } = await other.getCallerIdentity({});
    assert.deepEqual(owners?.["userIdentity"], {
      type: "AWSAccount",
      principalId,
      accountId: otherAccount,
    });
    const closed = await makeRole(iam, "closed", { trust: trusting(userArn("admin")) });
    await refusedBy(assume(other, closed), "AccessDenied", 403, /./);
    const [refusal, ...more] = (await auditOf(server, "AssumeRole")).slice(before + 2);
    assert.deepEqual(more, []);
    assert.equal(refusal?.["recipientAccountId"], otherAccount);
    assert.equal(refusal["errorCode"], "AccessDenied");
  });
});
