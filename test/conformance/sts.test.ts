import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { TestServer, TestUser } from "../support/keywright.ts";
import { accessKeys } from "../support/keywright.ts";
import {
  account,
  auditOf,
  openServer,
  otherAccount,
  policyOf,
  region,
  rootArn,
  seedWith,
  userArn,
} from "./support.ts";

describe("STS GetCallerIdentity", () => {
  let server: TestServer;
  before(async () => {
    server = await openServer(seedWith({ nobody: policyOf({ Effect: "Deny", Action: "*" }) }));
  });
  const identity = async (user: TestUser) => {
    const sts = new STSClient({
      endpoint: server.url,
      region,
      credentials: accessKeys[user],
      maxAttempts: 1,
    });
    const { $metadata: _notes, ...rest } = await sts.send(new GetCallerIdentityCommand());
    return rest;
  };

  test("a user is told its id, account and ARN", async () => {
    const { UserId, ...rest } = await identity("admin");
    assert.match(UserId ?? "", /^AIDA[A-Z2-7]{17}$/);
    assert.deepEqual(rest, { Account: account, Arn: userArn("admin") });
    const other = await identity("other");
    assert.equal(other.Account, otherAccount);
    assert.equal(other.Arn, userArn("admin", otherAccount));
  });

  test("the root user's id is its account", async () => {
    assert.deepEqual(await identity("root"), { UserId: account, Account: account, Arn: rootArn() });
  });

  test("no policy can take it away", async () => {
    assert.equal((await identity("nobody")).Arn, userArn("nobody"));
  });

  test("it is recorded", async () => {
    const before = (await auditOf(server, "GetCallerIdentity")).length;
    await identity("admin");
    const records = await auditOf(server, "GetCallerIdentity");
    assert.equal(records.length, before + 1);
    const last = records.at(-1);
    assert.equal(last?.["eventSource"], "sts.amazonaws.com");
    assert.equal(last["requestParameters"], null);
    assert.equal(last["responseElements"], null);
    assert.equal(last["readOnly"], true);
  });
});
