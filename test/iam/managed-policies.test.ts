import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import { openServer } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { account } from "../support/keywright.ts";
import { allowing, decoded, newPolicy, trusting } from "./policies-support.ts";
import { connectIam, inPages, refusedBy, seedWithAdmins } from "./support.ts";

const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
const arnOf = (name: string): string => `arn:aws:iam::${account}:policy/${name}`;

describe("managed policies of IAM", () => {
  let server: TestServer;
  let iam: IAM;
  before(async () => {
    server = await openServer(seedWithAdmins());
    iam = connectIam(server);
    await iam.createRole({
      RoleName: "role",
      AssumeRolePolicyDocument: trusting({ AWS: account }),
    });
  });

  test("a policy comes back as it was created", async () => {
    const PolicyDocument = `${allowing("kms:ListKeys")}\n`;
    const { Policy } = await iam.createPolicy({
      PolicyName: "keys",
      Path: "/team/a/",
      PolicyDocument,
      Description: "lists keys",
      Tags: [{ Key: "a", Value: "b" }],
    });
    assert.match(String(Policy?.PolicyId), /^ANPA[A-Z2-7]{17}$/);
    assert.equal(Policy?.Arn, arnOf("team/a/keys"));
    assert.equal(Policy.DefaultVersionId, "v1");
    assert.equal(Policy.AttachmentCount, 0);
    assert.equal(Policy.PermissionsBoundaryUsageCount, 0);
    assert.equal(Policy.IsAttachable, true);
    assert.equal(Policy.Description, undefined);
    assert.deepEqual(Policy.Tags, [{ Key: "a", Value: "b" }]);
    const PolicyArn = Policy.Arn;
    const described = { ...Policy, Description: "lists keys" };
    assert.deepEqual((await iam.getPolicy({ PolicyArn })).Policy, described);
    const { PolicyVersion } = await iam.getPolicyVersion({ PolicyArn, VersionId: "v1" });
    assert.equal(decodeURIComponent(String(PolicyVersion?.Document)), PolicyDocument);
    assert.equal(PolicyVersion?.IsDefaultVersion, true);
    await refusedBy(
      iam.createPolicy({ PolicyName: "KEYS", PolicyDocument }),
      "EntityAlreadyExistsException",
      409,
      "A policy called KEYS already exists. Duplicate names are not allowed.",
    );
  });

  test("a policy is found by its whole ARN only", async () => {
    for (const PolicyArn of [arnOf("keys"), arnOf("team/keys"), arnOf("none"), `${administrator}X`])
      await refusedBy(
        iam.getPolicy({ PolicyArn }),
        "NoSuchEntityException",
        404,
        `Policy ${PolicyArn} was not found.`,
      );
    await refusedBy(
      iam.getPolicy({ PolicyArn: `arn:aws:iam::${account}:user/admin` }),
      "ValidationError",
      400,
      /is not valid/,
    );
  });

  test("what is no policy of the new language is malformed, and 6,144 characters are enough", async () => {
    const refused = (PolicyDocument: string, message: string | RegExp) =>
      refusedBy(
        iam.createPolicy({ PolicyName: "bad", PolicyDocument }),
        "MalformedPolicyDocumentException",
        400,
        message,
      );
    await refused("[]", "Syntax errors in policy.");
    await refused(trusting({ AWS: account }), "Policy document should not specify a principal.");
    const old = allowing("kms:ListKeys").replace("2012-10-17", "2008-10-17");
    await refused(old, "Policy document must be version 2012-10-17 or greater.");
    const long = (characters: number): string =>
      allowing(
        "kms:ListKeys",
        `kms:${"x".repeat(characters - allowing("kms:ListKeys", "kms:").length)}`,
      );
    await newPolicy(iam, "longest", `${long(6_144)}${" ".repeat(99)}`);
    await refusedBy(
      newPolicy(iam, "longer", long(6_145)),
      "LimitExceededException",
      409,
      "Cannot exceed quota for PolicySize: 6144",
    );
  });

  test("versions count up and never come back; one of at most five is in force", async () => {
    const PolicyArn = await newPolicy(iam, "versions", allowing("kms:One"));
    const add = async (action: string, SetAsDefault?: boolean) => {
      const PolicyDocument = allowing(action);
      const { PolicyVersion } = await iam.createPolicyVersion({
        PolicyArn,
        PolicyDocument,
        SetAsDefault,
      });
      return PolicyVersion;
    };
    const versions = async () =>
      ((await iam.listPolicyVersions({ PolicyArn })).Versions ?? []).map((each) =>
        each.IsDefaultVersion === true ? `${each.VersionId} in force` : each.VersionId,
      );
    assert.equal((await add("kms:Two"))?.IsDefaultVersion, false);
    assert.equal((await add("kms:Three", true))?.VersionId, "v3");
    assert.deepEqual(await versions(), ["v3 in force", "v2", "v1"]);
    await iam.setDefaultPolicyVersion({ PolicyArn, VersionId: "v2" });
    await iam.deletePolicyVersion({ PolicyArn, VersionId: "v3" });
    assert.equal((await add("kms:Four"))?.VersionId, "v4");
    await add("kms:Five");
    await add("kms:Six");
    await server.restart();
    iam = connectIam(server);
    assert.deepEqual(await versions(), ["v6", "v5", "v4", "v2 in force", "v1"]);
    const { PolicyVersion } = await iam.getPolicyVersion({ PolicyArn, VersionId: "v4" });
    assert.deepEqual(decoded(PolicyVersion?.Document), JSON.parse(allowing("kms:Four")));
    await refusedBy(
      add("kms:Seven"),
      "LimitExceededException",
      409,
      /^A managed policy can have up to 5 versions\./,
    );
    await refusedBy(
      iam.deletePolicyVersion({ PolicyArn, VersionId: "v2" }),
      "DeleteConflictException",
      409,
      "Cannot delete the default version of a policy.",
    );
    for (const call of [
      () => iam.getPolicyVersion({ PolicyArn, VersionId: "v3" }),
      () => iam.setDefaultPolicyVersion({ PolicyArn, VersionId: "v3" }),
      () => iam.deletePolicyVersion({ PolicyArn, VersionId: "v3" }),
    ])
      await refusedBy(
        call(),
        "NoSuchEntityException",
        404,
        `Policy ${PolicyArn} version v3 does not exist or is not attachable.`,
      );
  });

  test("a policy that is used, or has several versions, is not deleted", async () => {
    const PolicyArn = await newPolicy(iam, "used");
    const refused = (message: string | RegExp) =>
      refusedBy(iam.deletePolicy({ PolicyArn }), "DeleteConflictException", 409, message);
    const attached = "Cannot delete a policy attached to entities.";
    await iam.attachUserPolicy({ UserName: "nobody", PolicyArn });
    await refused(attached);
    await iam.detachUserPolicy({ UserName: "nobody", PolicyArn });
    await iam.putRolePermissionsBoundary({ RoleName: "role", PermissionsBoundary: PolicyArn });
    await refused(attached);
    await iam.deleteRolePermissionsBoundary({ RoleName: "role" });
    await iam.createPolicyVersion({ PolicyArn, PolicyDocument: allowing("kms:ListKeys") });
    await refused(/^This policy has more than one version\./);
    await iam.deletePolicyVersion({ PolicyArn, VersionId: "v2" });
    await iam.deletePolicy({ PolicyArn });
    await refusedBy(
      iam.getPolicy({ PolicyArn }),
      "NoSuchEntityException",
      404,
      `Policy ${PolicyArn} was not found.`,
    );
  });

  test("of uses and the deletion of a policy at the same moment, one is refused", async () => {
    const own = connectIam(await openServer());
    for (let round = 0; round < 8; round++) {
      const PolicyArn = await newPolicy(own, `raced${round}`);
      const uses = Array.from({ length: 6 }, (_, at) => async () => {
        await own.createUser({
          UserName: `raced${round}-${at}`,
          PermissionsBoundary: PolicyArn,
        });
      });
      const attach = async () => {
        await own.attachUserPolicy({ UserName: "nobody", PolicyArn });
      };
      const remove = async () => {
        await own.deletePolicy({ PolicyArn });
      };
      // The deletion is sent first, last, and between.
      const calls = [...uses, attach].toSpliced(round, 0, remove);
      const settled = await Promise.allSettled(calls.map((call) => call()));
      const deleted = settled[calls.indexOf(remove)]?.status === "fulfilled";
      const used = settled.some(({ status }, at) => calls[at] !== remove && status === "fulfilled");
      assert.notEqual(deleted, used);
    }
  });

  test("uses are counted and listed by kind", async () => {
    const PolicyArn = await newPolicy(iam, "everywhere");
    await iam.attachUserPolicy({ UserName: "nobody", PolicyArn });
    await iam.attachGroupPolicy({ GroupName: "admins", PolicyArn });
    await iam.attachRolePolicy({ RoleName: "role", PolicyArn });
    await iam.putUserPermissionsBoundary({ UserName: "manager", PermissionsBoundary: PolicyArn });
    const { Policy } = await iam.getPolicy({ PolicyArn });
    assert.deepEqual([Policy?.AttachmentCount, Policy?.PermissionsBoundaryUsageCount], [3, 1]);
    const uses = async (more: Partial<Parameters<IAM["listEntitiesForPolicy"]>[0]> = {}) => {
      const found = await iam.listEntitiesForPolicy({ PolicyArn, ...more });
      const { PolicyGroups = [], PolicyRoles = [], PolicyUsers = [] } = found;
      return [
        ...PolicyGroups.map((each) => each.GroupName),
        ...PolicyRoles.map((each) => each.RoleName),
        ...PolicyUsers.map((each) => each.UserName),
      ];
    };
    assert.deepEqual(await uses(), ["admins", "role", "manager", "nobody"]);
    assert.deepEqual(await uses({ EntityFilter: "Role" }), ["role"]);
    assert.deepEqual(await uses({ PolicyUsageFilter: "PermissionsBoundary" }), ["manager"]);
    assert.deepEqual(await uses({ PolicyUsageFilter: "PermissionsPolicy", EntityFilter: "User" }), [
      "nobody",
    ]);
    assert.deepEqual(await uses({ PathPrefix: "/none/" }), []);
    const list = async (page: { Marker?: string; MaxItems: number }) => {
      const answer = await iam.listEntitiesForPolicy({ PolicyArn, ...page });
      const { PolicyGroups = [], PolicyRoles = [], PolicyUsers = [], ...end } = answer;
      return { ...end, entries: [...PolicyGroups, ...PolicyRoles, ...PolicyUsers] };
    };
    assert.equal((await inPages(list, 1)).length, 4);
  });

  test("policies are listed by scope, path, use, and in pages", async () => {
    const names = async (input: Parameters<IAM["listPolicies"]>[0]) =>
      ((await iam.listPolicies({ MaxItems: 1_000, ...input })).Policies ?? []).map(
        (each) => each.PolicyName,
      );
    const local = await names({ Scope: "Local" });
    assert.ok(local.includes("keys") && !local.includes("AdministratorAccess"));
    const aws = await names({ Scope: "AWS" });
    assert.ok(aws.includes("AdministratorAccess") && !aws.includes("keys"));
    assert.equal((await names({})).length, local.length + aws.length);
    assert.deepEqual(await names({ PathPrefix: "/team/" }), ["keys"]);
    assert.deepEqual(await names({ OnlyAttached: true }), ["AdministratorAccess", "everywhere"]);
    assert.deepEqual(await names({ PolicyUsageFilter: "PermissionsBoundary" }), ["everywhere"]);
    const list = async (page: { Marker?: string; MaxItems: number }) => {
      const { Policies: entries, ...end } = await iam.listPolicies({ Scope: "AWS", ...page });
      return { entries: entries?.map((each) => each.PolicyName), ...end };
    };
    assert.deepEqual(await inPages(list, 7), aws);
    const { Marker } = await iam.listPolicies({ Scope: "AWS", MaxItems: 1 });
    await refusedBy(iam.listPolicies({ Marker }), "ValidationError", 400, "Invalid Marker.");
  });

  test("tags of a policy are set, listed and taken away", async () => {
    const PolicyArn = arnOf("team/a/keys");
    await iam.tagPolicy({ PolicyArn, Tags: [{ Key: "c", Value: "d" }] });
    await iam.untagPolicy({ PolicyArn, TagKeys: ["a"] });
    assert.deepEqual((await iam.listPolicyTags({ PolicyArn })).Tags, [{ Key: "c", Value: "d" }]);
  });

  test("AWS's policies are everybody's to read and nobody's to change", async () => {
    const PolicyArn = administrator;
    const { Policy } = await iam.getPolicy({ PolicyArn });
    assert.equal(Policy?.PolicyName, "AdministratorAccess");
    assert.equal(Policy.AttachmentCount, 2);
    const VersionId = String(Policy.DefaultVersionId);
    const { PolicyVersion } = await iam.getPolicyVersion({ PolicyArn, VersionId });
    assert.deepEqual(decoded(PolicyVersion?.Document), {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
    });
    for (const change of [
      () => iam.deletePolicy({ PolicyArn }),
      () =>
        iam.createPolicyVersion({ PolicyArn, PolicyDocument: allowing("*"), SetAsDefault: true }),
      () => iam.setDefaultPolicyVersion({ PolicyArn, VersionId: "v1" }),
      () => iam.tagPolicy({ PolicyArn, Tags: [{ Key: "a", Value: "b" }] }),
    ])
      await refusedBy(change(), "AccessDenied", 403, /is not authorized to perform/);
  });

  test("a version of a policy that does not exist is told from neither", async () => {
    for (const PolicyArn of [arnOf("none"), arnOf("team/a/keys")]) {
      const which = { PolicyArn, VersionId: "v9" };
      for (const call of [
        () => iam.getPolicyVersion(which),
        () => iam.setDefaultPolicyVersion(which),
      ])
        await refusedBy(
          call(),
          "NoSuchEntityException",
          404,
          `Policy ${PolicyArn} version v9 does not exist or is not attachable.`,
        );
    }
  });

  test("an account's policies are its own", async () => {
    const other = connectIam(server, "other");
    const PolicyArn = arnOf("team/a/keys");
    for (const call of [
      () => other.getPolicy({ PolicyArn }),
      () => other.getPolicy({ PolicyArn: arnOf("none") }),
      () => other.deletePolicy({ PolicyArn }),
    ])
      await refusedBy(call(), "AccessDenied", 403, /is not authorized to perform/);
    await refusedBy(
      other.attachUserPolicy({ UserName: "admin", PolicyArn }),
      "NoSuchEntityException",
      404,
      `Policy ${PolicyArn} does not exist or is not attachable.`,
    );
    assert.deepEqual((await other.listPolicies({ Scope: "Local" })).Policies, []);
  });
});
