import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { IAM } from "@aws-sdk/client-iam";
import type { STS } from "@aws-sdk/client-sts";
import { hour, openServer, policyOf, refused, userArn } from "../conformance/support.ts";
import { connectIam } from "../iam/support.ts";
import type { TestServer } from "../support/keywright.ts";
import type { ClientCredentials } from "../support/sdk.ts";
import {
  administrator,
  assume,
  connectSts,
  kmsAs,
  makeRole,
  refusedBy,
  trusting,
} from "./support.ts";

const gone = (call: Promise<unknown>): Promise<void> =>
  refused(
    call,
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
  );
const denied = (call: Promise<unknown>): Promise<void> =>
  refused(call, "AccessDeniedException", /is not authorized to perform: kms:ListKeys/);

describe("session credentials", () => {
  let server: TestServer;
  let iam: IAM;
  let admin: STS;
  let made = 0;
  const lists = (as: ClientCredentials): Promise<unknown> => kmsAs(server, as).listKeys({});
  const anyRole = async (more: Partial<Parameters<typeof makeRole>[2]> = {}) => {
    const name = `role-${made++}`;
    const arn = await makeRole(iam, name, {
      trust: trusting(userArn("admin")),
      attached: [administrator],
      ...more,
    });
    return { name, arn, session: await assume(admin, arn) };
  };
  before(async () => {
    server = await openServer();
    iam = connectIam(server);
    admin = connectSts(server);
  });

  test("the token belongs to its access key, and to no other", async () => {
    const { session, arn } = await anyRole();
    const another = await assume(admin, arn);
    await lists(session);
    await gone(lists({ ...session, sessionToken: another.sessionToken ?? "" }));
    await gone(
      lists({
        accessKeyId: "ASIAAAAAAAAAAAAAAAAA",
        secretAccessKey: "x",
        sessionToken: session.sessionToken ?? "",
      }),
    );
    const { sessionToken: _left, ...bare } = session;
    await gone(lists(bare));
    await refused(
      lists({ ...session, secretAccessKey: another.secretAccessKey }),
      "InvalidSignatureException",
      /^The request signature we calculated does not match/,
    );
  });

  test("a token does not make a long-term access key another", async () => {
    const { session } = await anyRole();
    const key = { accessKeyId: "AKIAADMIN0000000TEST", secretAccessKey: "admin-secret/for+tests" };
    await lists(key);
    await gone(lists({ ...key, sessionToken: session.sessionToken ?? "" }));
  });

  test("a token of which one character is another is refused", async () => {
    const { session } = await anyRole();
    const token = session.sessionToken ?? "";
    for (let at = 0; at < token.length; at += 7) {
      const other = token[at] === "A" ? "B" : "A";
      const changed = token.slice(0, at) + other + token.slice(at + 1);
      await gone(lists({ ...session, sessionToken: changed }));
    }
    for (const changed of ["x", "AQ==", token.slice(0, -4), `${token}AAAA`])
      await gone(lists({ ...session, sessionToken: changed }));
  });

  test("a session ends when its time is over, in the cache as well", async () => {
    const { session } = await anyRole();
    await lists(session);
    server.clock.offset = hour - 60_000;
    await lists(session);
    server.clock.offset = hour + 1_000;
    await refused(
      lists(session),
      "ExpiredTokenException",
      "The security token included in the request is expired",
    );
    await refusedBy(
      connectSts(server, session).getCallerIdentity(),
      "ExpiredToken",
      403,
      "The security token included in the request is expired",
    );
    server.clock.offset = 0;
  });

  test("a session outlives a restart: the token holds it", async () => {
    const { session } = await anyRole();
    await server.restart();
    iam = connectIam(server);
    admin = connectSts(server);
    await lists(session);
  });

  test("when the role is deleted, its sessions are refused at once, and stay so when it is made again", async () => {
    const { name, arn, session } = await anyRole();
    await lists(session);
    await iam.detachRolePolicy({ RoleName: name, PolicyArn: administrator });
    await denied(lists(session));
    await iam.deleteRole({ RoleName: name });
    await gone(lists(session));
    const again = { trust: trusting(userArn("admin")), attached: [administrator] };
    assert.equal(await makeRole(iam, name, again), arn);
    await gone(lists(session));
    await lists(await assume(admin, arn));
  });

  test("what is attached to, detached from and denied to the role holds for the next request of a session", async () => {
    const { name, session } = await anyRole({
      attached: [],
      policy: policyOf({ Action: "kms:ListKeys" }),
    });
    await lists(session);
    await iam.deleteRolePolicy({ RoleName: name, PolicyName: "inline" });
    await denied(lists(session));
    await iam.attachRolePolicy({ RoleName: name, PolicyArn: administrator });
    await lists(session);
    await iam.putRolePermissionsBoundary({
      RoleName: name,
      PermissionsBoundary: "arn:aws:iam::aws:policy/IAMFullAccess",
    });
    await refused(
      lists(session),
      "AccessDeniedException",
      /because no permissions boundary allows the kms:ListKeys action$/,
    );
    await iam.deleteRolePermissionsBoundary({ RoleName: name });
    await lists(session);
  });

  test("a change of a customer's policy or boundary reaches the sessions of its roles", async () => {
    const document = (action: string) => JSON.stringify(policyOf({ Action: action }));
    const { Policy } = await iam.createPolicy({
      PolicyName: "reach",
      PolicyDocument: document("kms:ListKeys"),
    });
    const PolicyArn = String(Policy?.Arn);
    const change = (action: string) =>
      iam.createPolicyVersion({ PolicyArn, PolicyDocument: document(action), SetAsDefault: true });
    const { session } = await anyRole({ attached: [PolicyArn] });
    const bounded = await anyRole();
    await iam.putRolePermissionsBoundary({
      RoleName: bounded.name,
      PermissionsBoundary: PolicyArn,
    });
    await lists(session);
    await lists(bounded.session);
    await change("kms:ListAliases");
    await denied(lists(session));
    await denied(lists(bounded.session));
    await change("kms:*");
    await lists(session);
    await lists(bounded.session);
  });

  test("a deny on the time of issue revokes the sessions there are, and not those that come", async () => {
    const { name, arn, session } = await anyRole();
    await lists(session);
    server.clock.offset = 5_000;
    await iam.putRolePolicy({
      RoleName: name,
      PolicyName: "AWSRevokeOlderSessions",
      PolicyDocument: JSON.stringify(
        policyOf({
          Effect: "Deny",
          Action: "*",
          Condition: {
            DateLessThan: { "aws:TokenIssueTime": new Date(Date.now() + 2_000).toISOString() },
          },
        }),
      ),
    });
    await denied(lists(session));
    await lists(await assume(connectSts(server), arn));
    server.clock.offset = 0;
  });

  test("no call that starts after a role was deleted succeeds, however many are under way", async () => {
    const { name, session } = await anyRole({
      attached: [],
      policy: policyOf({ Action: "kms:*" }),
    });
    const kms = kmsAs(server, session);
    const early: string[] = [];
    const late: string[] = [];
    let outcomes = early;
    const busy = async (): Promise<void> => {
      for (let call = 0; call < 40; call++) {
        const started = outcomes;
        const outcome = kms.listKeys({}).then(
          () => "succeeded",
          (error: Error) => error.name,
        );
        started.push(await outcome);
      }
    };
    const working = Promise.all(Array.from({ length: 8 }, busy));
    while (early.length < 40) await setImmediate();
    await iam.deleteRolePolicy({ RoleName: name, PolicyName: "inline" });
    await iam.deleteRole({ RoleName: name });
    outcomes = late;
    await working;
    assert.ok(early.includes("succeeded"));
    assert.deepEqual([...new Set(late)], ["UnrecognizedClientException"]);
  });

  test("who may no longer assume a role keeps the session that there is", async () => {
    const { name, arn, session } = await anyRole();
    await iam.updateAssumeRolePolicy({
      RoleName: name,
      PolicyDocument: trusting(userArn("nobody")),
    });
    await lists(session);
    await refusedBy(assume(admin, arn), "AccessDenied", 403, /sts:AssumeRole/);
  });
});
