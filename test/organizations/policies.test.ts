import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Organizations } from "@aws-sdk/client-organizations";
import { account, openServer } from "../conformance/support.ts";
import { connectOrganizations, newAccount, newPolicy, refusedBy, rootOf } from "./support.ts";

const Type = "SERVICE_CONTROL_POLICY";
const FullAccess = "p-FullAWSAccess";
const deny = { Effect: "Deny", Action: "kms:DisableKey", Resource: "*" };
const content = (...statements: readonly object[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

describe("policies of an organization", () => {
  let organizations: Organizations;
  let root: string;
  before(async () => {
    organizations = connectOrganizations(await openServer());
    await organizations.createOrganization({});
    root = await rootOf(organizations);
  });
  const idsOn = async (TargetId: string) => {
    const { Policies } = await organizations.listPoliciesForTarget({ TargetId, Filter: Type });
    return Policies?.map(({ Id }) => Id);
  };

  test("AWS's policy for everything is attached to everything, and is not to be changed", async () => {
    const id = await newAccount(organizations);
    assert.deepEqual(await idsOn(root), [FullAccess]);
    assert.deepEqual(await idsOn(id), [FullAccess]);
    const { Policy } = await organizations.describePolicy({ PolicyId: FullAccess });
    assert.deepEqual(Policy?.PolicySummary, {
      Id: FullAccess,
      Arn: "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",
      Name: "FullAWSAccess",
      Description: "Allows access to every operation",
      Type,
      AwsManaged: true,
    });
    for (const call of [
      () => organizations.updatePolicy({ PolicyId: FullAccess, Content: content(deny) }),
      () => organizations.deletePolicy({ PolicyId: FullAccess }),
      () => organizations.tagResource({ ResourceId: FullAccess, Tags: [{ Key: "a", Value: "b" }] }),
    ])
      await refusedBy(
        call(),
        "InvalidInputException",
        "You specified a policy that is managed by AWS and can't be modified.",
        "IMMUTABLE_POLICY",
      );
  });

  test("are created, described, listed, updated and deleted", async () => {
    const { Organization } = await organizations.describeOrganization({});
    const { Policy } = await organizations.createPolicy({
      Name: "Guard",
      Description: "keeps keys",
      Type,
      Content: content(deny),
    });
    const PolicyId = String(Policy?.PolicySummary?.Id);
    assert.match(PolicyId, /^p-[0-9a-z]{10,32}$/);
    assert.deepEqual(Policy, {
      PolicySummary: {
        Id: PolicyId,
        Arn: `arn:aws:organizations::${account}:policy/${Organization?.Id}/service_control_policy/${PolicyId}`,
        Name: "Guard",
        Description: "keeps keys",
        Type,
        AwsManaged: false,
      },
      Content: content(deny),
    });
    const updated = await organizations.updatePolicy({ PolicyId, Name: "Guardian" });
    assert.equal(updated.Policy?.PolicySummary?.Name, "Guardian");
    assert.equal(updated.Policy?.PolicySummary?.Description, "keeps keys");
    assert.deepEqual((await organizations.describePolicy({ PolicyId })).Policy, updated.Policy);
    const { Policies } = await organizations.listPolicies({ Filter: Type });
    assert.deepEqual(
      Policies?.find(({ Id }) => Id === PolicyId),
      updated.Policy.PolicySummary,
    );
    assert.ok(Policies?.some(({ Id }) => Id === FullAccess));
    assert.deepEqual((await organizations.listPolicies({ Filter: "TAG_POLICY" })).Policies, []);
    await organizations.deletePolicy({ PolicyId });
    for (const call of [
      () => organizations.describePolicy({ PolicyId }),
      () => organizations.deletePolicy({ PolicyId }),
      () => organizations.attachPolicy({ PolicyId, TargetId: root }),
    ])
      await refusedBy(
        call(),
        "PolicyNotFoundException",
        "You specified a policy that doesn't exist.",
      );
  });

  test("what is no policy, too large or of another type is refused", async () => {
    const create = (Content: string, type: typeof Type | "TAG_POLICY" = Type) =>
      organizations.createPolicy({ Name: "bad", Description: "", Type: type, Content });
    for (const bad of [
      "no JSON",
      content({ ...deny, Principal: "*" }),
      content({ ...deny, Effect: "Perhaps" }),
    ])
      await refusedBy(
        create(bad),
        "MalformedPolicyDocumentException",
        "The provided policy document does not meet the requirements of the specified policy type.",
      );
    await refusedBy(
      create(content({ ...deny, Action: `kms:${"a".repeat(5_120)}` })),
      "ConstraintViolationException",
      /maximum size/,
      "POLICY_CONTENT_LIMIT_EXCEEDED",
    );
    await refusedBy(
      create(content(deny), "TAG_POLICY"),
      "PolicyTypeNotAvailableForOrganizationException",
      /policy type/,
    );
    const PolicyId = await newPolicy(organizations, deny);
    await refusedBy(
      organizations.updatePolicy({ PolicyId, Content: "no JSON" }),
      "MalformedPolicyDocumentException",
      /requirements/,
    );
  });

  test("have names of their own", async () => {
    const named = { Description: "", Type, Content: content(deny) } as const;
    await organizations.createPolicy({ Name: "taken", ...named });
    const PolicyId = await newPolicy(organizations, deny);
    for (const call of [
      () => organizations.createPolicy({ Name: "taken", ...named }),
      () => organizations.createPolicy({ Name: "FullAWSAccess", ...named }),
      () => organizations.updatePolicy({ PolicyId, Name: "taken" }),
    ])
      await refusedBy(
        call(),
        "DuplicatePolicyException",
        "A policy with the same name already exists.",
      );
  });

  test("are attached once, at most five to a target, and detached but for the last", async () => {
    const id = await newAccount(organizations);
    const made: string[] = [];
    for (let count = 0; count < 5; count++) made.push(await newPolicy(organizations, deny));
    const [PolicyId = "", ...more] = made;
    await organizations.attachPolicy({ PolicyId, TargetId: id });
    const { Targets } = await organizations.listTargetsForPolicy({ PolicyId });
    const { Account } = await organizations.describeAccount({ AccountId: id });
    assert.deepEqual(Targets, [
      { TargetId: id, Arn: Account?.Arn, Name: Account?.Name, Type: "ACCOUNT" },
    ]);
    await refusedBy(
      organizations.attachPolicy({ PolicyId, TargetId: id }),
      "DuplicatePolicyAttachmentException",
      /already attached/,
    );
    await refusedBy(
      organizations.deletePolicy({ PolicyId }),
      "PolicyInUseException",
      /^The policy is attached to one or more entities\./,
    );
    const last = more.pop() ?? "";
    for (const each of more) await organizations.attachPolicy({ PolicyId: each, TargetId: id });
    await refusedBy(
      organizations.attachPolicy({ PolicyId: last, TargetId: id }),
      "ConstraintViolationException",
      /maximum number of policies/,
      "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
    );
    await refusedBy(
      organizations.detachPolicy({ PolicyId: last, TargetId: id }),
      "PolicyNotAttachedException",
      /isn't attached/,
    );
    for (const each of [...more, PolicyId])
      await organizations.detachPolicy({ PolicyId: each, TargetId: id });
    await refusedBy(
      organizations.detachPolicy({ PolicyId: FullAccess, TargetId: id }),
      "ConstraintViolationException",
      /You must have at least one attached at all times\.$/,
      "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
    );
    await organizations.deletePolicy({ PolicyId });
  });

  test("are attached to nothing that the organization does not have", async () => {
    for (const TargetId of ["999999999999", "r-none", "ou-none-aaaaaaaa"])
      await refusedBy(
        organizations.attachPolicy({ PolicyId: FullAccess, TargetId }),
        "TargetNotFoundException",
        "You specified a target that doesn't exist.",
      );
  });

  test("a type is enabled and disabled once, and comes back with AWS's policy alone", async () => {
    const id = await newAccount(organizations);
    const PolicyId = await newPolicy(organizations, deny);
    await organizations.attachPolicy({ PolicyId, TargetId: id });
    const type = { RootId: root, PolicyType: Type } as const;
    await refusedBy(
      organizations.enablePolicyType(type),
      "PolicyTypeAlreadyEnabledException",
      "The specified policy type is already enabled.",
    );
    const disabled = await organizations.disablePolicyType(type);
    assert.deepEqual(disabled.Root?.PolicyTypes, []);
    assert.deepEqual(await idsOn(id), []);
    for (const call of [
      () => organizations.disablePolicyType(type),
      () => organizations.attachPolicy({ PolicyId, TargetId: id }),
      () => organizations.detachPolicy({ PolicyId, TargetId: id }),
    ])
      await refusedBy(
        call(),
        "PolicyTypeNotEnabledException",
        "This operation can be performed only for enabled policy types.",
      );
    const while_ = await newAccount(organizations);
    const enabled = await organizations.enablePolicyType(type);
    assert.deepEqual(enabled.Root?.PolicyTypes, [{ Type, Status: "ENABLED" }]);
    for (const target of [root, id, while_]) assert.deepEqual(await idsOn(target), [FullAccess]);
    await refusedBy(
      organizations.enablePolicyType({ ...type, RootId: "r-none" }),
      "RootNotFoundException",
      "You specified a root that doesn't exist.",
    );
    await refusedBy(
      organizations.enablePolicyType({ ...type, PolicyType: "BACKUP_POLICY" }),
      "PolicyTypeNotAvailableForOrganizationException",
      /policy type/,
    );
  });

  test("roots, accounts and policies have tags", async () => {
    const PolicyId = await newPolicy(organizations, deny);
    const id = await newAccount(organizations);
    for (const ResourceId of [root, id, PolicyId]) {
      const Tags = [
        { Key: "a", Value: "1" },
        { Key: "b", Value: "2" },
      ];
      await organizations.tagResource({ ResourceId, Tags });
      await organizations.tagResource({ ResourceId, Tags: [{ Key: "a", Value: "3" }] });
      await organizations.untagResource({ ResourceId, TagKeys: ["b", "c"] });
      const listed = await organizations.listTagsForResource({ ResourceId });
      assert.deepEqual(listed.Tags, [{ Key: "a", Value: "3" }]);
    }
    const twice = [
      { Key: "a", Value: "1" },
      { Key: "a", Value: "2" },
    ];
    await refusedBy(
      organizations.tagResource({ ResourceId: root, Tags: twice }),
      "InvalidInputException",
      /unique/,
      "DUPLICATE_TAG_KEY",
    );
    await refusedBy(
      organizations.tagResource({ ResourceId: root, Tags: [{ Key: "aws:x", Value: "1" }] }),
      "InvalidInputException",
      /reserved/,
      "INVALID_SYSTEM_TAGS_PARAMETER",
    );
    const many = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: "" }));
    await refusedBy(
      organizations.tagResource({ ResourceId: root, Tags: many }),
      "ConstraintViolationException",
      /number of tags/,
      "MAX_TAG_LIMIT_EXCEEDED",
    );
  });
});
