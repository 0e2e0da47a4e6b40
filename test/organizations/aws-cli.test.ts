import * as assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { installed, runClient, withoutClient } from "../conformance/clients.ts";
import { openServer } from "../conformance/support.ts";
import { accessKeys } from "../support/keywright.ts";

test("a second account needs nothing but the AWS CLI", async (context) => {
  const [program] = installed("aws");
  if (program === undefined) return withoutClient(context, "the AWS CLI");
  const server = await openServer();
  const folder = join(server.folder, "..", "cli");
  mkdirSync(join(folder, ".aws"), { recursive: true });
  const run = (...args: readonly string[]) =>
    runClient(server, folder, program, [...args, "--endpoint-url", server.url, "--output", "text"]);
  const aws = async (...args: readonly string[]): Promise<string> => {
    const { code, out, error } = await run(...args);
    assert.equal(code, 0, error);
    return out.trim();
  };
  await aws("organizations", "create-organization");
  const request = ["--email", "second@example.com", "--account-name", "second"];
  const account = await aws(
    ...["organizations", "create-account", ...request],
    ...["--query", "CreateAccountStatus.AccountId"],
  );
  assert.match(account, /^\d{12}$/);
  const { accessKeyId, secretAccessKey } = accessKeys.admin;
  writeFileSync(
    join(folder, ".aws", "config"),
    `[profile first]
aws_access_key_id = ${accessKeyId}
aws_secret_access_key = ${secretAccessKey}
endpoint_url = ${server.url}
region = us-east-1
[profile second]
role_arn = arn:aws:iam::${account}:role/OrganizationAccountAccessRole
source_profile = first
endpoint_url = ${server.url}
region = us-east-1
`,
  );
  const second = ["--profile", "second"];
  const key = await aws(
    ...[...second, "kms", "create-key"],
    ...["--query", "KeyMetadata.[AWSAccountId,KeyId]"],
  );
  const [owner, keyId = ""] = key.split(/\s+/);
  assert.equal(owner, account);

  const policy = await aws(
    ...["organizations", "create-policy", "--name", "keep", "--description", "keeps keys"],
    ...["--type", "SERVICE_CONTROL_POLICY", "--query", "Policy.PolicySummary.Id", "--content"],
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"kms:ScheduleKeyDeletion","Resource":"*"}]}',
  );
  await aws(
    ...["organizations", "attach-policy", "--policy-id", policy],
    ...["--target-id", account],
  );
  const deletion = ["kms", "schedule-key-deletion", "--key-id", keyId];
  const { code, error } = await run(...second, ...deletion);
  assert.notEqual(code, 0);
  assert.match(error, /AccessDeniedException.*explicit deny in a service control policy/);
  await aws(
    ...["organizations", "detach-policy", "--policy-id", policy],
    ...["--target-id", account],
  );
  await aws(...second, ...deletion);
});
