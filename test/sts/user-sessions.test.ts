import * as assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import type { KMS } from "@aws-sdk/client-kms";
import { withDeployment } from "../../src/composition/deployment.ts";
import { askNobody } from "../../src/composition/root-sources.ts";
import { openServices } from "../../src/composition/services.ts";
import {
  account,
  auditOf,
  connect,
  createKey,
  delegation,
  hour,
  openServer,
  otherAccount,
  policyOf,
  refused,
  rootArn,
  userArn,
} from "../conformance/support.ts";
import { connectIam } from "../iam/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { accessKeys } from "../support/keywright.ts";
import type { ClientCredentials } from "../support/sdk.ts";
import {
  administrator,
  assume,
  clientCredentials,
  connectSts,
  kmsAs,
  makeRole,
  refusedBy,
  trusting,
} from "./support.ts";

describe("GetSessionToken", () => {
  let server: TestServer;
  let iam: IAM;
  before(async () => {
    server = await openServer();
    iam = connectIam(server);
  });
  const sessionOf = async (
    who: Parameters<typeof connectSts>[1],
    seconds?: number,
  ): Promise<ClientCredentials> => {
    const sts = connectSts(server, who);
    return clientCredentials((await sts.getSessionToken({ DurationSeconds: seconds })).Credentials);
  };
  const newUser = async (name: string) => {
    await iam.createUser({ UserName: name });
    await iam.attachUserPolicy({ UserName: name, PolicyArn: administrator });
    const { AccessKey } = await iam.createAccessKey({ UserName: name });
    return {
      accessKeyId: String(AccessKey?.AccessKeyId),
      secretAccessKey: String(AccessKey?.SecretAccessKey),
    };
  };

  test("a user, whatever it may do, gets credentials that are as good as its own", async () => {
    const session = await sessionOf("admin");
    assert.match(session.accessKeyId, /^ASIA/);
    assert.equal((await connectSts(server, session).getCallerIdentity()).Arn, userArn("admin"));
    await kmsAs(server, session).createKey({});
    const powerless = await sessionOf("nobody");
    await refused(
      kmsAs(server, powerless).listKeys({}),
      "AccessDeniedException",
      /no identity-based policy allows/,
    );
  });

  test("they do not reach IAM, and start sessions of roles only", async () => {
    const session = await sessionOf("admin");
    await assert.rejects(connectIam(server, session).listUsers({}), {
      name: "InvalidClientTokenId",
      message: "The security token included in the request is invalid.",
    });
    const sts = connectSts(server, session);
    for (const [operation, call] of [
      ["GetSessionToken", sts.getSessionToken({})],
      ["GetFederationToken", sts.getFederationToken({ Name: "somebody" })],
    ] as const)
      await refusedBy(
        call,
        "AccessDenied",
        403,
        `Cannot call ${operation} with session credentials`,
      );
    const arn = await makeRole(iam, "from-session", { trust: trusting(userArn("admin")) });
    await assume(sts, arn, { DurationSeconds: 3600 });
  });

  test("they last twelve hours, or as asked for; the root user's an hour", async () => {
    const until = async (who: "admin" | "root", seconds?: number): Promise<number> => {
      const sts = connectSts(server, who);
      const { Credentials } = await sts.getSessionToken({ DurationSeconds: seconds });
      return Math.round((Number(Credentials?.Expiration) - Date.now()) / 60_000);
    };
    assert.equal(await until("admin"), 12 * 60);
    assert.equal(await until("admin", 129_600), 36 * 60);
    assert.equal(await until("root"), 60);
    const session = await sessionOf("root", 3600);
    assert.equal((await connectSts(server, session).getCallerIdentity()).Arn, rootArn());
    server.clock.offset = hour + 1000;
    await refused(kmsAs(server, session).listKeys({}), "ExpiredTokenException", /expired/);
    server.clock.offset = 0;
  });

  test("a code of an MFA device is refused, not ignored", async () => {
    for (const more of [
      { SerialNumber: `arn:aws:iam::${account}:mfa/admin` },
      { TokenCode: "123456" },
    ])
      await refusedBy(
        connectSts(server).getSessionToken(more),
        "AccessDenied",
        403,
        /^MultiFactorAuthentication failed/,
      );
  });

  test("a deleted user's sessions are refused at once; a renamed user's are its own", async () => {
    const key = await newUser("leaver");
    const session = await sessionOf(key);
    await kmsAs(server, session).listKeys({});
    await iam.updateUser({ UserName: "leaver", NewUserName: "stayer" });
    assert.equal((await connectSts(server, session).getCallerIdentity()).Arn, userArn("stayer"));
    await iam.detachUserPolicy({ UserName: "stayer", PolicyArn: administrator });
    await refused(
      kmsAs(server, session).listKeys({}),
      "AccessDeniedException",
      /no identity-based/,
    );
    await iam.deleteAccessKey({ UserName: "stayer", AccessKeyId: key.accessKeyId });
    await iam.deleteUser({ UserName: "stayer" });
    const gone = (): Promise<void> =>
      refused(kmsAs(server, session).listKeys({}), "UnrecognizedClientException", /invalid/);
    await gone();
    await newUser("stayer");
    await gone();
  });

  test("nothing is stored of their use", async () => {
    const session = await sessionOf("admin");
    await kmsAs(server, session).listKeys({});
    const database = new DatabaseSync(join(server.folder, "keywright.db"), { readOnly: true });
    const uses = database.prepare("SELECT access_key_id FROM access_key_uses").all();
    database.close();
    const ids = uses.map((row) => String(row["access_key_id"]));
    assert.ok(ids.includes(accessKeys.admin.accessKeyId));
    assert.deepEqual(
      ids.filter((id) => id.startsWith("ASIA")),
      [],
    );
  });

  test("their secrets are wiped from memory when the deployment is sealed", async () => {
    const { accessKeyId, sessionToken, secretAccessKey } = await sessionOf("admin");
    await withDeployment(
      server.config,
      async (deployment, reader) => {
        const services = openServices(deployment, reader, server.config);
        const find = () => services.signers.find(accessKeyId, sessionToken, new Date());
        const credential = await find();
        assert.equal(Buffer.from(credential?.secret ?? []).toString(), secretAccessKey);
        assert.equal(await find(), credential);
        await services.wipe();
        assert.ok(credential?.secret.every((byte) => byte === 0));
      },
      askNobody,
    );
  });
});

describe("GetFederationToken", () => {
  let server: TestServer;
  let admin: KMS;
  before(async () => {
    server = await openServer();
    admin = connect(server);
  });
  const federated = async (policy?: object, name = "partner"): Promise<ClientCredentials> => {
    const sts = connectSts(server);
    const { Credentials, FederatedUser, PackedPolicySize } = await sts.getFederationToken({
      Name: name,
      Policy: policy && JSON.stringify(policy),
    });
    assert.equal(FederatedUser?.Arn, `arn:aws:sts::${account}:federated-user/${name}`);
    assert.equal(FederatedUser?.FederatedUserId, `${account}:${name}`);
    assert.equal(PackedPolicySize === 0, policy === undefined);
    return clientCredentials(Credentials);
  };

  test("it may do what its user and the session policy allow, without one nothing", async () => {
    const some = kmsAs(server, await federated(policyOf({ Action: "kms:ListKeys" })));
    await some.listKeys({});
    await refused(some.listAliases({}), "AccessDeniedException", /no session policy allows/);
    const none = kmsAs(server, await federated());
    await refused(none.listKeys({}), "AccessDeniedException", /no session policy allows/);
  });

  test("records say whose it is: several users may give out the same name", async () => {
    const session = await federated(policyOf({ Action: "kms:ListKeys" }), "traced");
    await kmsAs(server, session).listKeys({});
    const [use] = (await auditOf(server, "ListKeys")).toReversed();
    const { arn, sessionContext } = (use?.["userIdentity"] ?? {}) as {
      readonly arn?: string;
      readonly sessionContext?: { readonly sessionIssuer?: { readonly arn?: string } };
    };
    assert.equal(arn, `arn:aws:sts::${account}:federated-user/traced`);
    assert.equal(sessionContext?.sessionIssuer?.arn, userArn("admin"));
  });

  test("a key policy can name it", async () => {
    const session = await federated(undefined, "named");
    const identity = await connectSts(server, session).getCallerIdentity();
    assert.equal(identity.Arn, `arn:aws:sts::${account}:federated-user/named`);
    assert.equal(identity.UserId, `${account}:named`);
    const { id } = await createKey(admin, {
      Policy: JSON.stringify(
        policyOf(delegation, {
          Principal: { AWS: `arn:aws:sts::${account}:federated-user/named` },
          Action: "kms:DescribeKey",
        }),
      ),
    });
    await kmsAs(server, session).describeKey({ KeyId: id });
    await refused(
      kmsAs(server, await federated(undefined, "another")).describeKey({ KeyId: id }),
      "AccessDeniedException",
      /./,
    );
  });

  test("it reaches neither IAM nor roles, and needs permission", async () => {
    const session = await federated(policyOf({ Action: "*" }));
    await assert.rejects(connectIam(server, session).listUsers({}), {
      name: "InvalidClientTokenId",
    });
    const iam = connectIam(server);
    const arn = await makeRole(iam, "for-federated", { trust: trusting("*") });
    await refusedBy(
      assume(connectSts(server, session), arn),
      "AccessDenied",
      403,
      "Cannot call AssumeRole with federation credentials",
    );
    await refusedBy(
      connectSts(server, "nobody").getFederationToken({ Name: "partner" }),
      "AccessDenied",
      403,
      /is not authorized to perform: sts:GetFederationToken/,
    );
  });
});

describe("GetAccessKeyInfo", () => {
  test("tells whose account a long-term access key is of", async () => {
    const server = await openServer();
    const sts = connectSts(server);
    const { Account } = await sts.getAccessKeyInfo({ AccessKeyId: accessKeys.other.accessKeyId });
    assert.equal(Account, otherAccount);
    await refusedBy(
      sts.getAccessKeyInfo({ AccessKeyId: "AKIANOSUCHKEY0000000" }),
      "ValidationError",
      400,
      /AKIANOSUCHKEY0000000/,
    );
    await refusedBy(
      connectSts(server, "nobody").getAccessKeyInfo({ AccessKeyId: "AKIANOSUCHKEY0000000" }),
      "AccessDenied",
      403,
      /sts:GetAccessKeyInfo/,
    );
  });

  test("sessions of users may neither ask that nor decode messages, sessions of roles may", async () => {
    const server = await openServer();
    const sts = connectSts(server);
    const Policy = JSON.stringify(policyOf({ Action: "sts:*" }));
    const arn = await makeRole(connectIam(server), "asker", {
      trust: trusting(userArn("admin")),
      attached: [administrator],
    });
    const given = [
      (await sts.getSessionToken({})).Credentials,
      (await sts.getFederationToken({ Name: "partner", Policy })).Credentials,
    ].map(clientCredentials);
    const asks = (who: ClientCredentials) =>
      [
        ["GetAccessKeyInfo", connectSts(server, who).getAccessKeyInfo(asked)],
        ["DecodeAuthorizationMessage", connectSts(server, who).decodeAuthorizationMessage(message)],
      ] as const;
    const asked = { AccessKeyId: accessKeys.other.accessKeyId };
    const message = { EncodedMessage: "none" };
    for (const who of given)
      for (const [operation, call] of asks(who))
        await refusedBy(
          call,
          "AccessDenied",
          403,
          `Cannot call ${operation} with session credentials`,
        );
    const role = await assume(sts, arn);
    for (const [operation, call] of asks(role))
      if (operation === "GetAccessKeyInfo") assert.equal((await call).$metadata.attempts, 1);
      else await refusedBy(call, "InvalidAuthorizationMessageException", 400, /./);
  });
});
