import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import type { KMS } from "@aws-sdk/client-kms";
import type { STS } from "@aws-sdk/client-sts";
import { account, openServer, policyOf, refused, userArn } from "../conformance/support.ts";
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

const denied = (call: Promise<unknown>): Promise<void> =>
  refused(call, "AccessDeniedException", /is not authorized to perform: kms:/);

describe("policies of sessions", () => {
  let server: TestServer;
  let iam: IAM;
  let admin: STS;
  const role = roleArn("lists");
  const as = async (more: Parameters<typeof assume>[2] = {}, arn = role): Promise<KMS> =>
    kmsAs(server, await assume(admin, arn, more));
  const managed = async (name: string, ...actions: readonly string[]): Promise<string> => {
    const { Policy } = await iam.createPolicy({
      PolicyName: name,
      PolicyDocument: JSON.stringify(policyOf({ Action: actions })),
    });
    return String(Policy?.Arn);
  };
  before(async () => {
    server = await openServer();
    iam = connectIam(server);
    admin = connectSts(server);
    await makeRole(iam, "lists", {
      trust: trusting(userArn("admin")),
      policy: policyOf({ Action: ["kms:ListKeys", "kms:ListAliases"] }),
    });
  });

  test("a session may do what the role and a session policy allow, both", async () => {
    const wide = await as();
    await wide.listKeys({});
    await wide.listAliases({});
    const narrow = await as({
      Policy: JSON.stringify(policyOf({ Action: ["kms:ListKeys", "kms:CreateKey"] })),
    });
    await narrow.listKeys({});
    await denied(narrow.listAliases({}));
    await denied(narrow.createKey({}));
    await refused(
      narrow.listAliases({}),
      "AccessDeniedException",
      /because no session policy allows the kms:ListAliases action$/,
    );
  });

  test("a deny of a session policy holds", async () => {
    const kms = await as({
      Policy: JSON.stringify(
        policyOf({ Action: "*" }, { Effect: "Deny", Action: "kms:ListAliases" }),
      ),
    });
    await kms.listKeys({});
    await denied(kms.listAliases({}));
  });

  test("managed session policies and an inline one allow side by side", async () => {
    const arn = await managed("keys-only", "kms:ListKeys");
    const one = await as({ PolicyArns: [{ arn }] });
    await one.listKeys({});
    await denied(one.listAliases({}));
    const both = await as({
      PolicyArns: [{ arn }],
      Policy: JSON.stringify(policyOf({ Action: "kms:ListAliases" })),
    });
    await both.listKeys({});
    await both.listAliases({});
    await (await as({ PolicyArns: [{ arn: administrator }] })).listAliases({});
  });

  test("a managed session policy counts as it is now, and when it has gone the session has, too", async () => {
    const arn = await managed("changing", "kms:ListKeys");
    const kms = await as({ PolicyArns: [{ arn }] });
    await kms.listKeys({});
    await iam.createPolicyVersion({
      PolicyArn: arn,
      PolicyDocument: JSON.stringify(policyOf({ Action: "kms:ListAliases" })),
      SetAsDefault: true,
    });
    await denied(kms.listKeys({}));
    await kms.listAliases({});
    await iam.deletePolicyVersion({ PolicyArn: arn, VersionId: "v1" });
    await iam.deletePolicy({ PolicyArn: arn });
    await refused(
      kms.listAliases({}),
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    );
  });

  test("policies that are none are refused", async () => {
    for (const Policy of ["{", JSON.stringify({ Version: "2012-10-17" }), trusting("*")])
      await refusedBy(
        assume(admin, role, { Policy }),
        "MalformedPolicyDocumentException",
        400,
        /./,
      );
    const arn = `arn:aws:iam::${account}:policy/no-such-policy`;
    await refusedBy(
      assume(admin, role, { PolicyArns: [{ arn }] }),
      "ValidationError",
      400,
      `Policy ${arn} does not exist or is not attachable.`,
    );
  });

  test("policies and tags must fit into the token, and the answer says how they do", async () => {
    const Policy = JSON.stringify(policyOf({ Action: "kms:ListKeys" }));
    const answer = await admin.assumeRole({ RoleArn: role, RoleSessionName: "session", Policy });
    const { PackedPolicySize = 0 } = answer;
    assert.ok(PackedPolicySize > 0 && PackedPolicySize < 10, String(PackedPolicySize));
    const tagged = await makeRole(iam, "many-tags", {
      trust: trusting(userArn("admin"), { Action: ["sts:AssumeRole", "sts:TagSession"] }),
      policy: policyOf({ Action: "kms:ListKeys" }),
    });
    const tags = (count: number) =>
      Array.from({ length: count }, (_, at) => ({
        Key: `key-${at}`.padEnd(128, "x"),
        Value: "v".repeat(256),
      }));
    // The longest token that there can be arrives in a header.
    const kms = await as({ Policy, Tags: tags(14) }, tagged);
    await kms.listKeys({});
    await refusedBy(
      assume(admin, tagged, { Tags: tags(50) }),
      "PackedPolicyTooLargeException",
      400,
      /^Packed size of session tags consumes \d{3}% of allotted space\.$/,
    );
  });
});

describe("tags of sessions", () => {
  let server: TestServer;
  let iam: IAM;
  let nobody: STS;
  const both = ["sts:AssumeRole", "sts:TagSession"];
  const forProject = (project: string) =>
    policyOf({
      Action: "kms:ListKeys",
      Condition: { StringEquals: { "aws:PrincipalTag/project": project } },
    });
  before(async () => {
    server = await openServer();
    iam = connectIam(server);
    nobody = connectSts(server, "nobody");
  });

  test("tags need a permission of their own", async () => {
    const arn = await makeRole(iam, "untagged", { trust: trusting(userArn("nobody")) });
    await deniedTo(
      userArn("nobody"),
      assume(nobody, arn, { Tags: [{ Key: "project", Value: "blue" }] }),
      arn,
      "sts:TagSession",
    );
  });

  test("the trust policy can ask for tags", async () => {
    const arn = await makeRole(iam, "asks", {
      trust: trusting(userArn("nobody"), {
        Action: both,
        Condition: {
          StringEquals: { "aws:RequestTag/project": "blue" },
          "ForAllValues:StringEquals": {
            "aws:TagKeys": ["project"],
            "sts:TransitiveTagKeys": ["project"],
          },
        },
      }),
    });
    const blue = { Key: "project", Value: "blue" };
    await assume(nobody, arn, { Tags: [blue], TransitiveTagKeys: ["project"] });
    for (const more of [
      {},
      { Tags: [{ ...blue, Value: "red" }] },
      { Tags: [blue, { Key: "other", Value: "x" }] },
    ])
      await deniedTo(userArn("nobody"), assume(nobody, arn, more), arn);
  });

  test("a session's tag takes the place of the role's, whatever the case of its name", async () => {
    const arn = await makeRole(iam, "tagged", {
      trust: trusting(userArn("nobody"), { Action: both }),
      policy: forProject("blue"),
      tags: { Project: "blue" },
    });
    await kmsAs(server, await assume(nobody, arn)).listKeys({});
    const red = { Tags: [{ Key: "project", Value: "red" }] };
    await denied(kmsAs(server, await assume(nobody, arn, red)).listKeys({}));
    await iam.tagRole({ RoleName: "tagged", Tags: [{ Key: "Project", Value: "red" }] });
    const blue = { Tags: [{ Key: "project", Value: "blue" }] };
    await kmsAs(server, await assume(nobody, arn, blue)).listKeys({});
  });

  test("transitive tags pass on to the sessions of a session, the others do not", async () => {
    const first = await makeRole(iam, "first", {
      trust: trusting(userArn("nobody"), { Action: both }),
      policy: policyOf({ Action: "sts:*" }),
    });
    const second = await makeRole(iam, "second", {
      trust: trusting(first, { Action: both }),
      policy: forProject("blue"),
    });
    const Tags = [{ Key: "project", Value: "blue" }];
    const passing = await assume(nobody, first, { Tags, TransitiveTagKeys: ["project"] });
    const inherited = await assume(connectSts(server, passing), second);
    await kmsAs(server, inherited).listKeys({});
    const keeping = await assume(nobody, first, { Tags });
    await denied(kmsAs(server, await assume(connectSts(server, keeping), second)).listKeys({}));
    await refusedBy(
      assume(connectSts(server, passing), second, { Tags }),
      "InvalidParameterValue",
      400,
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
    // What is inherited needs the permission to tag, too.
    const bare = await makeRole(iam, "bare", { trust: trusting(first) });
    await assume(connectSts(server, keeping), bare);
    await deniedTo(
      `arn:aws:sts::${account}:assumed-role/first/session`,
      assume(connectSts(server, passing), bare),
      bare,
      "sts:TagSession",
    );
  });

  test("tags that contradict each other are refused", async () => {
    const arn = await makeRole(iam, "checked", {
      trust: trusting(userArn("nobody"), { Action: both }),
    });
    const project = { Key: "project", Value: "blue" };
    for (const [more, message] of [
      [{ Tags: [project, { ...project, Key: "PROJECT" }] }, /^Duplicate tag keys found/],
      [{ Tags: [project], TransitiveTagKeys: ["other"] }, /^The specified transitive tag key/],
      [{ Tags: [{ ...project, Key: "aws:project" }] }, /^Tag keys that begin with aws:/],
    ] as const)
      await refusedBy(assume(nobody, arn, more as object), "InvalidParameterValue", 400, message);
  });
});
