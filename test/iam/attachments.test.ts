import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import { connect, openServer, refused } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { account } from "../support/keywright.ts";
import { allowing, newPolicy, policyOf, trusting } from "./policies-support.ts";
import { connectIam, inPages, refusedBy, seedWithAdmins } from "./support.ts";

interface Named {
  readonly PolicyArn: string;
}

/** The operations on the attached policies of one kind of entity. */
function operationsOf(iam: IAM) {
  const user = { UserName: "nobody" };
  const group = { GroupName: "empty" };
  const role = { RoleName: "role" };
  return {
    user: {
      attach: (input: Named) => iam.attachUserPolicy({ ...user, ...input }),
      detach: (input: Named) => iam.detachUserPolicy({ ...user, ...input }),
      list: (input: object) => iam.listAttachedUserPolicies({ ...user, ...input }),
    },
    group: {
      attach: (input: Named) => iam.attachGroupPolicy({ ...group, ...input }),
      detach: (input: Named) => iam.detachGroupPolicy({ ...group, ...input }),
      list: (input: object) => iam.listAttachedGroupPolicies({ ...group, ...input }),
    },
    role: {
      attach: (input: Named) => iam.attachRolePolicy({ ...role, ...input }),
      detach: (input: Named) => iam.detachRolePolicy({ ...role, ...input }),
      list: (input: object) => iam.listAttachedRolePolicies({ ...role, ...input }),
    },
  };
}

const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const viewOnly = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess";

for (const kind of ["user", "group", "role"] as const)
  describe(`attached policies of a ${kind}`, () => {
    let use: ReturnType<typeof operationsOf>[typeof kind];
    let iam: IAM;
    before(async () => {
      iam = connectIam(await openServer(seedWithAdmins()));
      use = operationsOf(iam)[kind];
      await iam.createGroup({ GroupName: "empty" });
      await iam.createRole({
        RoleName: "role",
        AssumeRolePolicyDocument: trusting({ AWS: account }),
      });
    });

    test("policies are attached, twice is once, and listed in pages by name and path", async () => {
      const own = await newPolicy(iam, "zone");
      for (const PolicyArn of [own, readOnly, viewOnly, readOnly]) await use.attach({ PolicyArn });
      const list = async (page: object) => {
        const { AttachedPolicies: entries, ...end } = await use.list(page);
        return { entries, ...end };
      };
      const all = await inPages(list, 2);
      assert.deepEqual(all, [
        { PolicyName: "ReadOnlyAccess", PolicyArn: readOnly },
        { PolicyName: "ViewOnlyAccess", PolicyArn: viewOnly },
        { PolicyName: "zone", PolicyArn: own },
      ]);
      const { AttachedPolicies } = await use.list({ PathPrefix: "/job-function/" });
      assert.deepEqual(AttachedPolicies, all.slice(1, 2));
    });

    test("what is no ARN is told so", async () => {
      const PolicyArn = "the-name-of-some-policy";
      const message = `ARN ${PolicyArn} is not valid.`;
      await refusedBy(use.attach({ PolicyArn }), "ValidationError", 400, message);
    });

    test("a detached policy is gone, and what is not attached is not detached", async () => {
      await use.detach({ PolicyArn: viewOnly });
      assert.equal((await use.list({})).AttachedPolicies?.length, 2);
      await refusedBy(
        use.detach({ PolicyArn: viewOnly }),
        "NoSuchEntityException",
        404,
        `Policy ${viewOnly} was not found.`,
      );
    });

    test("a policy must exist, here or at AWS", async () => {
      const unknown = ["arn:aws:iam::aws:policy/Unknown", `arn:aws:iam::${account}:policy/none`];
      for (const PolicyArn of unknown)
        await refusedBy(
          use.attach({ PolicyArn }),
          "NoSuchEntityException",
          404,
          `Policy ${PolicyArn} does not exist or is not attachable.`,
        );
    });

    test("ten are attached at most", async () => {
      for (let each = 2; each < 10; each++)
        await use.attach({ PolicyArn: await newPolicy(iam, `policy${each}`) });
      const Kind = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
      await refusedBy(
        use.attach({ PolicyArn: viewOnly }),
        "LimitExceededException",
        409,
        `Cannot exceed quota for PoliciesPer${Kind}: 10`,
      );
      await use.attach({ PolicyArn: readOnly });
    });
  });

describe("policies decide from the next call on", () => {
  let server: TestServer;
  let iam: IAM;
  before(async () => {
    server = await openServer(seedWithAdmins());
    iam = connectIam(server);
  });
  const listKeys = () => connect(server, "nobody").listKeys({});
  const denied = () => refused(listKeys(), "AccessDeniedException", /kms:ListKeys/);
  const UserName = "nobody";

  test("an attached policy, its versions, and one that is detached", async () => {
    const PolicyArn = await newPolicy(iam, "keys", allowing("kms:ListKeys"));
    await denied();
    await iam.attachUserPolicy({ UserName, PolicyArn });
    await listKeys();
    const PolicyDocument = allowing("kms:ListAliases");
    await iam.createPolicyVersion({ PolicyArn, PolicyDocument, SetAsDefault: true });
    await denied();
    await iam.setDefaultPolicyVersion({ PolicyArn, VersionId: "v1" });
    await listKeys();
    await iam.detachUserPolicy({ UserName, PolicyArn });
    await denied();
  });

  test("an inline policy, replaced and taken away", async () => {
    const put = (PolicyDocument: string) =>
      iam.putUserPolicy({ UserName, PolicyName: "inline", PolicyDocument });
    await put(allowing("kms:ListKeys"));
    await listKeys();
    await put(policyOf({ Effect: "Deny", Action: "kms:ListKeys", Resource: "*" }));
    await refused(listKeys(), "AccessDeniedException", /explicit deny/);
    await put(allowing("kms:ListKeys"));
    await listKeys();
    await iam.deleteUserPolicy({ UserName, PolicyName: "inline" });
    await denied();
  });

  test("a group's policies", async () => {
    const GroupName = "readers";
    await iam.createGroup({ GroupName });
    await iam.addUserToGroup({ GroupName, UserName });
    await denied();
    await iam.attachGroupPolicy({ GroupName, PolicyArn: readOnly });
    await listKeys();
    await iam.detachGroupPolicy({ GroupName, PolicyArn: readOnly });
    await denied();
    const PolicyDocument = allowing("kms:ListKeys");
    await iam.putGroupPolicy({ GroupName, PolicyName: "inline", PolicyDocument });
    await listKeys();
    await iam.deleteGroupPolicy({ GroupName, PolicyName: "inline" });
    await denied();
  });

  test("a permissions boundary, its versions, and when it is taken away", async () => {
    const PolicyDocument = allowing("kms:ListKeys");
    await iam.putUserPolicy({ UserName, PolicyName: "inline", PolicyDocument });
    await listKeys();
    const PermissionsBoundary = await newPolicy(iam, "bounds", allowing("kms:ListAliases"));
    await iam.putUserPermissionsBoundary({ UserName, PermissionsBoundary });
    await refused(listKeys(), "AccessDeniedException", /no permissions boundary allows/);
    const { User } = await iam.getUser({ UserName });
    assert.deepEqual(User?.PermissionsBoundary, {
      PermissionsBoundaryType: "Policy",
      PermissionsBoundaryArn: PermissionsBoundary,
    });
    await iam.createPolicyVersion({
      PolicyArn: PermissionsBoundary,
      PolicyDocument,
      SetAsDefault: true,
    });
    await listKeys();
    await iam.setDefaultPolicyVersion({ PolicyArn: PermissionsBoundary, VersionId: "v1" });
    await refused(listKeys(), "AccessDeniedException", /no permissions boundary allows/);
    await iam.deleteUserPermissionsBoundary({ UserName });
    await listKeys();
    const missing = "arn:aws:iam::aws:policy/Unknown";
    await refusedBy(
      iam.putUserPermissionsBoundary({ UserName, PermissionsBoundary: missing }),
      "NoSuchEntityException",
      404,
      `Scope ARN: ${missing} does not exist or is not attachable.`,
    );
  });

  test("who may attach only some policies, or only to the bounded, attaches no others", async () => {
    const bound = await newPolicy(iam, "wanted-boundary", allowing("*"));
    await iam.putUserPolicy({
      UserName,
      PolicyName: "inline",
      PolicyDocument: policyOf(
        {
          Effect: "Allow",
          Action: ["iam:AttachUserPolicy", "iam:DetachUserPolicy"],
          Resource: "*",
          Condition: { ArnEquals: { "iam:PolicyARN": readOnly } },
        },
        {
          Effect: "Allow",
          Action: ["iam:PutUserPolicy", "iam:CreateUser", "iam:PutUserPermissionsBoundary"],
          Resource: "*",
          Condition: { StringEquals: { "iam:PermissionsBoundary": bound } },
        },
      ),
    });
    const limited = connectIam(server, "nobody");
    const target = { UserName: "encryptor" };
    await limited.attachUserPolicy({ ...target, PolicyArn: readOnly });
    const inline = { ...target, PolicyName: "p", PolicyDocument: allowing("kms:ListKeys") };
    for (const call of [
      () => limited.attachUserPolicy({ ...target, PolicyArn: viewOnly }),
      () => limited.putUserPolicy(inline),
      () => limited.createUser({ UserName: "unbounded" }),
      () => limited.createUser({ UserName: "unbounded", PermissionsBoundary: readOnly }),
      () => limited.putUserPermissionsBoundary({ ...target, PermissionsBoundary: readOnly }),
      () => limited.deleteUserPermissionsBoundary(target),
    ])
      await refusedBy(call(), "AccessDenied", 403, /is not authorized to perform: iam:/);
    await limited.createUser({ UserName: "bounded", PermissionsBoundary: bound });
    await limited.putUserPermissionsBoundary({ ...target, PermissionsBoundary: bound });
    await limited.putUserPolicy(inline);
  });
});
