import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import { openServer } from "../conformance/support.ts";
import { account, otherAccount } from "../support/keywright.ts";
import { allowing, decoded, newPolicy, policyOf, trusting } from "./policies-support.ts";
import { connectIam, inPages, refusedBy } from "./support.ts";

const root = `arn:aws:iam::${account}:root`;

describe("roles of IAM", () => {
  let iam: IAM;
  before(async () => {
    iam = connectIam(await openServer());
  });

  const newRole = (RoleName: string, document = trusting({ AWS: account })) =>
    iam.createRole({ RoleName, AssumeRolePolicyDocument: document });

  test("a role comes back as it was created", async () => {
    const { Role } = await iam.createRole({
      RoleName: "deployer",
      Path: "/ci/",
      AssumeRolePolicyDocument: trusting({ AWS: account, Service: "ec2.amazonaws.com" }),
      Description: "deploys",
      MaxSessionDuration: 7_200,
      Tags: [{ Key: "team", Value: "ci" }],
    });
    assert.match(String(Role?.RoleId), /^AROA[A-Z2-7]{17}$/);
    assert.equal(Role?.Arn, `arn:aws:iam::${account}:role/ci/deployer`);
    assert.equal(Role.Description, undefined);
    assert.deepEqual(Role.Tags, [{ Key: "team", Value: "ci" }]);
    assert.deepEqual(
      decoded(Role.AssumeRolePolicyDocument),
      JSON.parse(trusting({ AWS: root, Service: "ec2.amazonaws.com" })),
    );
    const kept = { MaxSessionDuration: 7_200, Description: "deploys" };
    const got = await iam.getRole({ RoleName: "deployer" });
    assert.deepEqual(got.Role, { ...Role, ...kept, RoleLastUsed: {} });
    const { Tags: _tags, ...head } = Role;
    const listed = [{ ...head, ...kept }];
    assert.deepEqual((await iam.listRoles({ PathPrefix: "/ci/" })).Roles, listed);
    assert.deepEqual((await iam.listRoles({ PathPrefix: "/none/" })).Roles, []);
  });

  test("without more a role lasts an hour at the root path, which its creation does not tell", async () => {
    const created = await newRole("plain");
    assert.equal(created.Role?.MaxSessionDuration, undefined);
    const { Role } = await iam.getRole({ RoleName: "plain" });
    assert.equal(Role?.Path, "/");
    assert.equal(Role.MaxSessionDuration, 3_600);
    assert.equal(Role.Description, undefined);
  });

  test("a name is taken whatever the case of its letters, and must be a name", async () => {
    await newRole("Taken");
    await refusedBy(
      newRole("tAKEN"),
      "EntityAlreadyExistsException",
      409,
      "Role with name tAKEN already exists.",
    );
    await refusedBy(newRole("a b"), "ValidationError", 400, /roleName is invalid/);
    await refusedBy(
      iam.createRole({
        RoleName: "service",
        Path: "/aws-service-role/x/",
        AssumeRolePolicyDocument: trusting({ AWS: account }),
      }),
      "ValidationError",
      400,
      /reserved/,
    );
  });

  test("description and session length change, each alone", async () => {
    await newRole("changing");
    await iam.updateRole({ RoleName: "changing", MaxSessionDuration: 43_200 });
    await iam.updateRole({ RoleName: "changing", Description: "one" });
    const { Role } = await iam.getRole({ RoleName: "changing" });
    assert.deepEqual([Role?.MaxSessionDuration, Role?.Description], [43_200, "one"]);
    const changed = await iam.updateRoleDescription({ RoleName: "changing", Description: "two" });
    assert.equal(changed.Role?.Description, "two");
    assert.equal(changed.Role.MaxSessionDuration, undefined);
    await refusedBy(
      iam.updateRole({ RoleName: "changing", MaxSessionDuration: 43_201 }),
      "ValidationError",
      400,
      /less than or equal to 43200/,
    );
  });

  test("tags are set, replaced whatever the case of their keys, listed in pages and taken away", async () => {
    await newRole("tagged");
    const RoleName = "tagged";
    await iam.tagRole({
      RoleName,
      Tags: [
        { Key: "a", Value: "1" },
        { Key: "b", Value: "2" },
        { Key: "c", Value: "3" },
      ],
    });
    await iam.tagRole({ RoleName, Tags: [{ Key: "B", Value: "two" }] });
    const list = async (page: { Marker?: string; MaxItems: number }) => {
      const { Tags: entries, ...end } = await iam.listRoleTags({ RoleName, ...page });
      return { entries, ...end };
    };
    const all = (await inPages(list, 2)).map(({ Key, Value }) => `${Key}=${Value}`);
    assert.deepEqual(all.toSorted(), ["B=two", "a=1", "c=3"]);
    await iam.untagRole({ RoleName, TagKeys: ["A", "C", "none"] });
    assert.deepEqual((await iam.listRoleTags({ RoleName })).Tags, [{ Key: "B", Value: "two" }]);
  });

  test("a role that holds policies is not deleted", async () => {
    await newRole("held");
    const RoleName = "held";
    const PolicyArn = await newPolicy(iam, "of-held");
    await iam.attachRolePolicy({ RoleName, PolicyArn });
    const PolicyName = "inline";
    await iam.putRolePolicy({ RoleName, PolicyName, PolicyDocument: allowing("kms:ListKeys") });
    const refused = (what: string) =>
      refusedBy(
        iam.deleteRole({ RoleName }),
        "DeleteConflictException",
        409,
        `Cannot delete entity, must ${what} first.`,
      );
    await refused("detach all policies");
    await iam.detachRolePolicy({ RoleName, PolicyArn });
    await refused("delete policies");
    await iam.deleteRolePolicy({ RoleName, PolicyName });
    await iam.deleteRole({ RoleName });
    await refusedBy(
      iam.getRole({ RoleName }),
      "NoSuchEntityException",
      404,
      "The role with name held cannot be found.",
    );
  });

  test("a trust policy is replaced as a whole", async () => {
    await newRole("trusting");
    await iam.updateAssumeRolePolicy({
      RoleName: "trusting",
      PolicyDocument: trusting({ AWS: otherAccount }),
    });
    const { Role } = await iam.getRole({ RoleName: "trusting" });
    assert.deepEqual(
      decoded(Role?.AssumeRolePolicyDocument),
      JSON.parse(trusting({ AWS: `arn:aws:iam::${otherAccount}:root` })),
    );
  });

  test("a trust policy is about sessions, names principals that exist, and no resource", async () => {
    const missing = `arn:aws:iam::${account}:user/missing`;
    const provider = `arn:aws:iam::${account}:oidc-provider/issuer.example`;
    const malformed: readonly (readonly [string, string | RegExp])[] = [
      ["{", "This policy contains invalid Json"],
      [trusting({ AWS: missing }), `Invalid principal in policy: "AWS":"${missing}"`],
      [trusting({ AWS: "999999999999" }), /^Invalid principal in policy: "AWS":/],
      [
        trusting({ Federated: provider }, "sts:AssumeRoleWithWebIdentity"),
        `Invalid principal in policy: "FEDERATED":"${provider}"`,
      ],
      [
        trusting({ AWS: account }, "kms:Decrypt"),
        "AssumeRole policy may only specify STS AssumeRole actions.",
      ],
      [allowing("sts:AssumeRole"), "Has prohibited field Resource"],
      [
        policyOf({ Effect: "Allow", Action: "sts:AssumeRole" }),
        /neither Principal nor NotPrincipal/,
      ],
      [
        policyOf({
          Effect: "Allow",
          Principal: { AWS: account },
          Action: "sts:AssumeRole",
          Resource: "*",
        }),
        "Has prohibited field Resource",
      ],
    ];
    for (const [document, message] of malformed)
      await refusedBy(
        newRole("malformed", document),
        "MalformedPolicyDocumentException",
        400,
        message,
      );
  });

  test("a trust policy has at most 2,048 characters, white space not counted", async () => {
    const long = (characters: number): string => {
      const document = (id: string) =>
        policyOf({
          Effect: "Allow",
          Principal: { AWS: account },
          Action: "sts:AssumeRole",
          Condition: { StringEquals: { "sts:ExternalId": id } },
        });
      return document("x".repeat(characters - document("").length));
    };
    await newRole("longest", `${" ".repeat(500)}${long(2_048)}`);
    await refusedBy(
      newRole("longer", long(2_049)),
      "LimitExceededException",
      409,
      "Cannot exceed quota for ACLSizePerRole: 2048",
    );
  });

  test("only who may sees whether a role exists, and only in its account", async () => {
    const server = await openServer();
    await connectIam(server).createRole({
      RoleName: "seen",
      AssumeRolePolicyDocument: trusting({ AWS: account }),
    });
    for (const RoleName of ["seen", "unseen"])
      await refusedBy(
        connectIam(server, "nobody").getRole({ RoleName }),
        "AccessDenied",
        403,
        /is not authorized to perform: iam:GetRole on resource/,
      );
    await refusedBy(
      connectIam(server, "other").getRole({ RoleName: "seen" }),
      "NoSuchEntityException",
      404,
      "The role with name seen cannot be found.",
    );
  });

  test("the role of a service is made, protected and deleted as a service's", async () => {
    const AWSServiceName = "mrk.kms.amazonaws.com";
    const { Role } = await iam.createServiceLinkedRole({ AWSServiceName });
    const RoleName = "AWSServiceRoleForKeyManagementServiceMultiRegionKeys";
    assert.equal(Role?.RoleName, RoleName);
    assert.equal(Role.Path, `/aws-service-role/${AWSServiceName}/`);
    const { AttachedPolicies = [] } = await iam.listAttachedRolePolicies({ RoleName });
    const PolicyArn = String(AttachedPolicies[0]?.PolicyArn);
    assert.match(PolicyArn, /AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy$/);
    await refusedBy(
      iam.createServiceLinkedRole({ AWSServiceName }),
      "InvalidInputException",
      400,
      /has been taken in this account/,
    );
    await refusedBy(
      iam.createServiceLinkedRole({ AWSServiceName: "no.amazonaws.com" }),
      "InvalidInputException",
      400,
      /no service-linked role/,
    );
    for (const change of [
      () => iam.deleteRole({ RoleName }),
      () => iam.detachRolePolicy({ RoleName, PolicyArn }),
      () => iam.updateRole({ RoleName, Description: "mine" }),
    ])
      await refusedBy(change(), "UnmodifiableEntityException", 400, /only modifiable by AWS/);
    await newRole("ordinary");
    await refusedBy(
      iam.attachRolePolicy({ RoleName: "ordinary", PolicyArn }),
      "PolicyNotAttachableException",
      400,
      "Cannot attach a Service Role Policy to a Customer Role.",
    );
    const { DeletionTaskId } = await iam.deleteServiceLinkedRole({ RoleName });
    const { Status } = await iam.getServiceLinkedRoleDeletionStatus({ DeletionTaskId });
    assert.equal(Status, "SUCCEEDED");
    await refusedBy(iam.getRole({ RoleName }), "NoSuchEntityException", 404, /cannot be found/);
    await refusedBy(
      iam.deleteServiceLinkedRole({ RoleName: "ordinary" }),
      "InvalidInputException",
      400,
      /not a service-linked role/,
    );
  });
});
