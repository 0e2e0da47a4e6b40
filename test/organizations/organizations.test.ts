import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Organizations } from "@aws-sdk/client-organizations";
import { account, openServer, otherAccount } from "../conformance/support.ts";
import { connectSts, roleArn } from "../sts/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { connectOrganizations, enter, newAccount, refusedBy, rootOf } from "./support.ts";

const notInUse = (call: Promise<unknown>): Promise<void> =>
  refusedBy(
    call,
    "AWSOrganizationsNotInUseException",
    "Your account is not a member of an organization.",
  );

describe("an organization", () => {
  let server: TestServer;
  let organizations: Organizations;
  before(async () => {
    server = await openServer();
    organizations = connectOrganizations(server);
  });

  test("is nothing to an account before it is created", async () => {
    await notInUse(organizations.describeOrganization({}));
    await notInUse(organizations.listAccounts({}));
    await notInUse(organizations.createAccount({ Email: "a@example.com", AccountName: "a" }));
    await notInUse(organizations.describeAccount({ AccountId: account }));
    await notInUse(organizations.deleteOrganization({}));
  });

  test("belongs to the account that creates it, with service control policies enabled", async () => {
    const { Organization } = await organizations.createOrganization({ FeatureSet: "ALL" });
    const id = String(Organization?.Id);
    assert.match(id, /^o-[a-z0-9]{10,32}$/);
    assert.deepEqual(Organization, {
      Id: id,
      Arn: `arn:aws:organizations::${account}:organization/${id}`,
      FeatureSet: "ALL",
      MasterAccountArn: `arn:aws:organizations::${account}:account/${id}/${account}`,
      MasterAccountId: account,
      AvailablePolicyTypes: [{ Type: "SERVICE_CONTROL_POLICY", Status: "ENABLED" }],
    });
    const { Roots } = await organizations.listRoots({});
    const [root] = Roots ?? [];
    assert.match(String(root?.Id), /^r-[0-9a-z]{4,32}$/);
    assert.deepEqual(Roots, [
      {
        Id: root?.Id,
        Arn: `arn:aws:organizations::${account}:root/${id}/${root?.Id}`,
        Name: "Root",
        PolicyTypes: [{ Type: "SERVICE_CONTROL_POLICY", Status: "ENABLED" }],
      },
    ]);
    const described = await organizations.describeOrganization({});
    assert.deepEqual(described.Organization, Organization);
  });

  test("is created once, and with all features", async () => {
    await refusedBy(
      organizations.createOrganization({}),
      "AlreadyInOrganizationException",
      "The provided account is already a member of an organization.",
    );
    await refusedBy(
      connectOrganizations(server, "other").createOrganization({
        FeatureSet: "CONSOLIDATED_BILLING",
      }),
      "InvalidInputException",
      /FeatureSet is ALL/,
      "INVALID_ENUM",
    );
  });

  test("is deleted while it has one account, and can be created again", async () => {
    const other = connectOrganizations(server, "other");
    const first = await other.createOrganization({});
    await other.deleteOrganization({});
    await notInUse(other.describeOrganization({}));
    const second = await other.createOrganization({});
    assert.notEqual(second.Organization?.Id, first.Organization?.Id);
    assert.equal(second.Organization?.MasterAccountId, otherAccount);
    await newAccount(other);
    await refusedBy(
      other.deleteOrganization({}),
      "OrganizationNotEmptyException",
      "To delete an organization you must first remove all member accounts (except the master).",
    );
  });

  test("has accounts that its root is the parent of", async () => {
    const id = await newAccount(organizations);
    const root = await rootOf(organizations);
    const { Children } = await organizations.listChildren({ ParentId: root, ChildType: "ACCOUNT" });
    assert.deepEqual(
      new Set(Children?.map((child) => `${child.Type} ${child.Id}`)),
      new Set([`ACCOUNT ${account}`, `ACCOUNT ${id}`]),
    );
    const units = { ParentId: root, ChildType: "ORGANIZATIONAL_UNIT" } as const;
    assert.deepEqual((await organizations.listChildren(units)).Children, []);
    const { Parents } = await organizations.listParents({ ChildId: id });
    assert.deepEqual(Parents, [{ Id: root, Type: "ROOT" }]);
    await refusedBy(
      organizations.listParents({ ChildId: "999999999999" }),
      "ChildNotFoundException",
      /doesn't exist/,
    );
    await refusedBy(
      organizations.listChildren({ ParentId: "r-none", ChildType: "ACCOUNT" }),
      "ParentNotFoundException",
      /doesn't exist/,
    );
  });

  test("is described to its member accounts and changed by the managing one alone", async () => {
    const id = await newAccount(organizations);
    const member = connectOrganizations(server, await enter(server, id));
    const { Organization } = await member.describeOrganization({});
    assert.equal(Organization?.MasterAccountId, account);
    const root = await rootOf(organizations);
    const attachment = { PolicyId: "p-FullAWSAccess", TargetId: root };
    const PolicyType = "SERVICE_CONTROL_POLICY";
    for (const call of [
      () => member.createAccount({ Email: "mine@example.com", AccountName: "mine" }),
      () => member.listAccounts({}),
      () => member.describeAccount({ AccountId: id }),
      () => member.detachPolicy(attachment),
      () => member.disablePolicyType({ RootId: root, PolicyType }),
      () => member.deleteOrganization({}),
    ])
      await refusedBy(
        call(),
        "AccessDeniedException",
        "You don't have permissions to access this resource.",
      );
  });

  test("is managed by those whom an identity policy allows the action on the resource", async () => {
    const nobody = connectOrganizations(server, "nobody");
    const root = await rootOf(organizations);
    const denied = (call: Promise<unknown>, action: string, resource: string) =>
      refusedBy(
        call,
        "AccessDeniedException",
        `User: arn:aws:iam::${account}:user/nobody is not authorized to perform: organizations:${action} on resource: ${resource} because no identity-based policy allows the organizations:${action} action`,
      );
    const { Organization } = await organizations.describeOrganization({});
    const { Id: id } = Organization ?? {};
    await denied(nobody.describeOrganization({}), "DescribeOrganization", "*");
    await denied(
      nobody.describeAccount({ AccountId: "999999999999" }),
      "DescribeAccount",
      `arn:aws:organizations::${account}:account/${id}/999999999999`,
    );
    await denied(
      nobody.attachPolicy({ PolicyId: "p-FullAWSAccess", TargetId: root }),
      "AttachPolicy",
      "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",
    );
  });

  test("lets in nobody but the managing account by a new account's role", async () => {
    const id = await newAccount(organizations, "Admins");
    const { Account } = await connectSts(
      server,
      await enter(server, id, "Admins"),
    ).getCallerIdentity({});
    assert.equal(Account, id);
    const arn = roleArn("Admins", id);
    const stranger = connectSts(server, "other");
    await assert.rejects(
      stranger.assumeRole({ RoleArn: arn, RoleSessionName: "session" }),
      /is not authorized to perform: sts:AssumeRole/,
    );
    await assert.rejects(
      connectSts(server, "nobody").assumeRole({ RoleArn: arn, RoleSessionName: "session" }),
      /is not authorized to perform: sts:AssumeRole/,
    );
  });
});
