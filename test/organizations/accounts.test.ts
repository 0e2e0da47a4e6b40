import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Organizations } from "@aws-sdk/client-organizations";
import { account, auditOf, openServer } from "../conformance/support.ts";
import { connectIam } from "../iam/support.ts";
import { kmsAs } from "../sts/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { connectOrganizations, enter, newAccount, refusedBy } from "./support.ts";

describe("accounts of an organization", () => {
  let server: TestServer;
  let organizations: Organizations;
  before(async () => {
    server = await openServer();
    organizations = connectOrganizations(server);
    await organizations.createOrganization({});
  });

  test("a new account is known by its number, its request and its role", async () => {
    const { CreateAccountStatus: status } = await organizations.createAccount({
      Email: "workloads@example.com",
      AccountName: "workloads",
      Tags: [{ Key: "team", Value: "one" }],
    });
    assert.equal(status?.State, "SUCCEEDED");
    assert.match(String(status?.Id), /^car-[a-z0-9]{8,32}$/);
    const id = String(status?.AccountId);
    const described = await organizations.describeCreateAccountStatus({
      CreateAccountRequestId: String(status?.Id),
    });
    assert.deepEqual(described.CreateAccountStatus, status);
    const { Organization } = await organizations.describeOrganization({});
    const { Account } = await organizations.describeAccount({ AccountId: id });
    const { JoinedTimestamp, Paths: _paths, ...rest } = Account ?? {};
    assert.deepEqual(JoinedTimestamp, status?.CompletedTimestamp);
    assert.deepEqual(rest, {
      Id: id,
      Arn: `arn:aws:organizations::${account}:account/${Organization?.Id}/${id}`,
      Email: "workloads@example.com",
      Name: "workloads",
      Status: "ACTIVE",
      State: "ACTIVE",
      JoinedMethod: "CREATED",
    });
    const { Tags } = await organizations.listTagsForResource({ ResourceId: id });
    assert.deepEqual(Tags, [{ Key: "team", Value: "one" }]);
    const iam = connectIam(server, await enter(server, id));
    const { Role } = await iam.getRole({ RoleName: "OrganizationAccountAccessRole" });
    assert.deepEqual(
      JSON.parse(decodeURIComponent(String(Role?.AssumeRolePolicyDocument))).Statement,
      [
        {
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: "sts:AssumeRole",
        },
      ],
    );
  });

  test("a new account has keys of its own", async () => {
    const role = await enter(server, await newAccount(organizations));
    const kms = kmsAs(server, role);
    const { KeyMetadata } = await kms.createKey({});
    const KeyId = String(KeyMetadata?.KeyId);
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: Buffer.from("text") });
    await server.restart();
    organizations = connectOrganizations(server);
    const { Plaintext } = await kmsAs(server, role).decrypt({ CiphertextBlob });
    assert.equal(Buffer.from(Plaintext ?? []).toString(), "text");
  });

  test("one address serves for one account", async () => {
    const request = { Email: "once@example.com", AccountName: "once" };
    await organizations.createAccount(request);
    const before = await organizations.listAccounts({});
    const { CreateAccountStatus: status } = await organizations.createAccount(request);
    assert.equal(status?.State, "FAILED");
    assert.equal(status.FailureReason, "EMAIL_ALREADY_EXISTS");
    assert.equal(status.AccountId, undefined);
    const failed = await organizations.listCreateAccountStatus({ States: ["FAILED"] });
    assert.deepEqual(failed.CreateAccountStatuses, [status]);
    assert.deepEqual((await organizations.listAccounts({})).Accounts, before.Accounts);
  });

  test("accounts and requests are listed in pages", async () => {
    await newAccount(organizations);
    await newAccount(organizations);
    const { Accounts: all = [] } = await organizations.listAccounts({});
    const listed: unknown[] = [];
    let NextToken: string | undefined;
    do {
      const page = await organizations.listAccounts({ MaxResults: 2, NextToken });
      assert.ok((page.Accounts?.length ?? 0) <= 2);
      listed.push(...(page.Accounts ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    assert.deepEqual(listed, all);
    assert.ok(all.length > 2);
    assert.equal(all.find(({ Id }) => Id === account)?.JoinedMethod, "INVITED");
    const requests = await organizations.listCreateAccountStatus({ MaxResults: 1 });
    await refusedBy(
      organizations.listAccounts({ NextToken: requests.NextToken }),
      "InvalidInputException",
      "You provided an invalid NextToken.",
      "INVALID_NEXT_TOKEN",
    );
    assert.equal(requests.CreateAccountStatuses?.length, 1);
  });

  test("names and addresses of accounts stay out of the trail", async () => {
    await organizations.createAccount({ Email: "secret@example.com", AccountName: "confidential" });
    const records = await auditOf(server, "CreateAccount");
    const last = records.at(-1);
    const status = last?.["responseElements"] as { createAccountStatus: { state: string } };
    assert.equal(status.createAccountStatus.state, "SUCCEEDED");
    assert.doesNotMatch(JSON.stringify(records), /secret@example\.com|confidential/);
  });

  test("what does not exist is refused by its name", async () => {
    await refusedBy(
      organizations.describeAccount({ AccountId: "999999999999" }),
      "AccountNotFoundException",
      "You specified an account that doesn't exist.",
    );
    await refusedBy(
      organizations.describeCreateAccountStatus({ CreateAccountRequestId: "car-00000000" }),
      "CreateAccountStatusNotFoundException",
      "You specified a create account request that doesn't exist.",
    );
  });
});
