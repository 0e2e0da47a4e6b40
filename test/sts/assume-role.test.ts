import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import type { STS } from "@aws-sdk/client-sts";
import {
  account,
  openServer,
  otherAccount,
  policyOf,
  refused,
  rootArn,
  seedWith,
  userArn,
} from "../conformance/support.ts";
import { connectIam } from "../iam/support.ts";
import type { TestServer } from "../support/keywright.ts";
import {
  administrator,
  assume,
  connectSts,
  deniedTo,
  kmsAs,
  makeRole,
  refusedBy,
  roleArn,
  trusting,
} from "./support.ts";

describe("AssumeRole", () => {
  let server: TestServer;
  let iam: IAM;
  let admin: STS;
  let nobody: STS;
  let manager: STS;
  before(async () => {
    server = await openServer(
      seedWith({
        manager: policyOf({ Action: "sts:AssumeRole", Resource: roleArn("by-account") }),
      }),
    );
    iam = connectIam(server);
    admin = connectSts(server);
    nobody = connectSts(server, "nobody");
    manager = connectSts(server, "manager");
    await makeRole(iam, "by-user", {
      trust: trusting(userArn("nobody")),
      attached: [administrator],
    });
    await makeRole(iam, "by-account", { trust: trusting(rootArn()), attached: [administrator] });
  });

  test("a user whom the trust policy names needs no other permission, and becomes the role", async () => {
    const { Credentials, AssumedRoleUser, PackedPolicySize, SourceIdentity } =
      await nobody.assumeRole({ RoleArn: roleArn("by-user"), RoleSessionName: "me@work" });
    assert.match(String(Credentials?.AccessKeyId), /^ASIA[A-Z2-7]{16}$/);
    assert.match(String(AssumedRoleUser?.AssumedRoleId), /^AROA[A-Z2-7]{17}:me@work$/);
    const arn = `arn:aws:sts::${account}:assumed-role/by-user/me@work`;
    assert.equal(AssumedRoleUser?.Arn, arn);
    assert.equal(PackedPolicySize, undefined);
    assert.equal(SourceIdentity, undefined);
    const seconds = (Number(Credentials?.Expiration) - Date.now()) / 1000;
    assert.ok(seconds > 3500 && seconds <= 3600, String(seconds));
    const session = await assume(nobody, roleArn("by-user"), { RoleSessionName: "me@work" });
    const identity = await connectSts(server, session).getCallerIdentity();
    assert.equal(identity.Arn, arn);
    assert.equal(identity.Account, account);
    assert.equal(identity.UserId, AssumedRoleUser?.AssumedRoleId);
    await kmsAs(server, session).createKey({});
  });

  test("a trust policy that names the account leaves the decision to identity policies", async () => {
    await assume(manager, roleArn("by-account"));
    await deniedTo(userArn("nobody"), assume(nobody, roleArn("by-account")), roleArn("by-account"));
    // The identity policy is for one role only.
    await deniedTo(userArn("manager"), assume(manager, roleArn("by-user")), roleArn("by-user"));
  });

  test("whoever the trust policy does not name has no use of an identity policy", async () => {
    await deniedTo(userArn("admin"), assume(admin, roleArn("by-user")), roleArn("by-user"));
  });

  test("a role that does not exist is refused like one that may not be assumed", async () => {
    for (const arn of [roleArn("no-such-role"), roleArn("path/by-user"), userArn("nobody")])
      await deniedTo(userArn("nobody"), assume(nobody, arn), arn);
    for (const text of ["this is not a role's name", "arn:aws:iam::111122223333:"])
      await refusedBy(assume(nobody, text), "ValidationError", 400, `${text} is invalid`);
  });

  test("another account needs both: trust there, permission here", async () => {
    const trusted = await makeRole(iam, "for-others", {
      trust: trusting(rootArn(otherAccount)),
      attached: [administrator],
    });
    const other = connectSts(server, "other");
    const session = await assume(other, trusted);
    assert.equal((await connectSts(server, session).getCallerIdentity()).Account, account);
    // Trusted by name, but without permission of its own account.
    const iamThere = connectIam(server, "other");
    const { User } = await iamThere.createUser({ UserName: "visitor" });
    const { AccessKey } = await iamThere.createAccessKey({ UserName: "visitor" });
    const visitor = connectSts(server, {
      accessKeyId: String(AccessKey?.AccessKeyId),
      secretAccessKey: String(AccessKey?.SecretAccessKey),
    });
    const named = await makeRole(iam, "for-visitor", { trust: trusting(User?.Arn) });
    await deniedTo(String(User?.Arn), assume(visitor, named), named);
    await iamThere.putUserPolicy({
      UserName: "visitor",
      PolicyName: "assume",
      PolicyDocument: JSON.stringify(policyOf({ Action: "sts:AssumeRole", Resource: named })),
    });
    await assume(visitor, named);
    // With permission, but not trusted.
    const own = roleArn("by-account");
    await deniedTo(userArn("admin", otherAccount), assume(other, own), own);
  });

  test("a deny in the trust policy or in an identity policy holds", async () => {
    const denied = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" },
        { Effect: "Deny", Principal: { AWS: userArn("nobody") }, Action: "sts:AssumeRole" },
      ],
    });
    const arn = await makeRole(iam, "denied", { trust: denied });
    await assume(manager, arn);
    await deniedTo(userArn("nobody"), assume(nobody, arn), arn);
  });

  test("the root user assumes no role", async () => {
    await refusedBy(
      assume(connectSts(server, "root"), roleArn("by-account")),
      "AccessDenied",
      403,
      "Roles may not be assumed by root accounts.",
    );
  });

  test("conditions of the trust policy see the external id and the session's name", async () => {
    const arn = await makeRole(iam, "conditions", {
      trust: trusting(userArn("nobody"), {
        Condition: {
          StringEquals: { "sts:ExternalId": "ext:1", "sts:RoleSessionName": "expected" },
        },
      }),
    });
    const named = { RoleSessionName: "expected" };
    await assume(nobody, arn, { ...named, ExternalId: "ext:1" });
    await deniedTo(userArn("nobody"), assume(nobody, arn, named), arn);
    await deniedTo(userArn("nobody"), assume(nobody, arn, { ...named, ExternalId: "ext:2" }), arn);
    await deniedTo(userArn("nobody"), assume(nobody, arn, { ExternalId: "ext:1" }), arn);
  });

  test("what the members may be is AWS's", async () => {
    const arn = roleArn("by-user");
    for (const more of [
      { RoleSessionName: "a" },
      { RoleSessionName: "no spaces" },
      { DurationSeconds: 899 },
      { DurationSeconds: 43_201 },
      { ExternalId: "x" },
      { Policy: "x".repeat(2049) },
    ])
      await refusedBy(assume(nobody, arn, more), "ValidationError", 400, /validation error/);
  });

  test("a session lasts as long as asked for, up to what the role allows", async () => {
    const arn = await makeRole(iam, "longer", {
      trust: trusting(userArn("nobody")),
      longest: 7200,
    });
    const { Credentials } = await nobody.assumeRole({
      RoleArn: arn,
      RoleSessionName: "session",
      DurationSeconds: 7200,
    });
    const seconds = (Number(Credentials?.Expiration) - Date.now()) / 1000;
    assert.ok(seconds > 7100 && seconds <= 7200, String(seconds));
    await refusedBy(
      assume(nobody, arn, { DurationSeconds: 7201 }),
      "ValidationError",
      400,
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  });

  test("a session of a session lasts an hour at most", async () => {
    const first = await assume(nobody, roleArn("by-user"));
    const arn = await makeRole(iam, "chained", {
      trust: trusting(roleArn("by-user")),
      longest: 43_200,
    });
    const chained = connectSts(server, first);
    const second = await assume(chained, arn, { DurationSeconds: 3600 });
    assert.match(
      String((await connectSts(server, second).getCallerIdentity()).Arn),
      /assumed-role\/chained\/session$/,
    );
    await refusedBy(
      assume(chained, arn, { DurationSeconds: 3601 }),
      "ValidationError",
      400,
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  });

  test("a code of an MFA device is refused, not ignored", async () => {
    for (const more of [
      { SerialNumber: `arn:aws:iam::${account}:mfa/nobody` },
      { TokenCode: "123456" },
    ])
      await refusedBy(
        assume(nobody, roleArn("by-user"), more),
        "AccessDenied",
        403,
        /^MultiFactorAuthentication failed, unable to validate MFA code\./,
      );
    const arn = await makeRole(iam, "with-mfa", {
      trust: trusting(userArn("nobody"), {
        Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
      }),
    });
    await deniedTo(userArn("nobody"), assume(nobody, arn), arn);
  });

  test("a source identity needs permission, stays for good and is seen by policies", async () => {
    const plain = roleArn("by-user");
    const asked = { SourceIdentity: "alice" };
    await deniedTo(userArn("nobody"), assume(nobody, plain, asked), plain, "sts:SetSourceIdentity");
    const both = ["sts:AssumeRole", "sts:SetSourceIdentity"];
    const arn = await makeRole(iam, "sourced", {
      trust: trusting([userArn("nobody"), roleArn("by-user")], {
        Action: both,
        Condition: { StringEquals: { "sts:SourceIdentity": "alice" } },
      }),
      policy: policyOf({
        Action: "kms:ListKeys",
        Condition: { StringEquals: { "aws:SourceIdentity": "alice" } },
      }),
    });
    await deniedTo(userArn("nobody"), assume(nobody, arn, { SourceIdentity: "mallory" }), arn);
    const session = await assume(nobody, arn, asked);
    await kmsAs(server, session).listKeys({});
    const next = await makeRole(iam, "sourced-next", {
      trust: trusting(roleArn("sourced"), { Action: both }),
      attached: [administrator],
    });
    const chained = connectSts(server, session);
    await refusedBy(
      assume(chained, next, { SourceIdentity: "mallory" }),
      "AccessDenied",
      403,
      /source identity/,
    );
    const { SourceIdentity } = await chained.assumeRole({
      RoleArn: next,
      RoleSessionName: "session",
    });
    assert.equal(SourceIdentity, "alice");
    // What is inherited needs the permission, too.
    const bare = await makeRole(iam, "sourced-bare", { trust: trusting(roleArn("sourced")) });
    await deniedTo(
      `arn:aws:sts::${account}:assumed-role/sourced/session`,
      assume(chained, bare),
      bare,
      "sts:SetSourceIdentity",
    );
  });

  test("what a role may do is all that its session may do", async () => {
    const arn = await makeRole(iam, "lister", {
      trust: trusting(userArn("admin")),
      policy: policyOf({ Action: "kms:ListKeys" }),
    });
    const session = kmsAs(server, await assume(admin, arn));
    await session.listKeys({});
    await refused(
      session.listAliases({}),
      "AccessDeniedException",
      `User: arn:aws:sts::${account}:assumed-role/lister/session is not authorized to perform: kms:ListAliases on resource: * because no identity-based policy allows the kms:ListAliases action`,
    );
  });
});
