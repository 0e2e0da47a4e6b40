import * as assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { installed, runClient, withoutClient } from "../conformance/clients.ts";
import { account, openServer, policyOf, userArn } from "../conformance/support.ts";
import { connectIam } from "../iam/support.ts";
import { accessKeys } from "../support/keywright.ts";
import { makeRole, trusting } from "./support.ts";

test("the AWS CLI assumes a role by a profile with role_arn and source_profile", async (context) => {
  const [program] = installed("aws");
  if (program === undefined) return withoutClient(context, "the AWS CLI");
  const server = await openServer();
  const arn = await makeRole(connectIam(server), "cli", {
    trust: trusting(userArn("nobody"), {
      Condition: { StringEquals: { "sts:ExternalId": "from-the-profile" } },
    }),
    policy: policyOf({ Action: "kms:ListKeys" }),
  });
  const folder = join(server.folder, "..", "cli");
  mkdirSync(join(folder, ".aws"), { recursive: true });
  const { accessKeyId, secretAccessKey } = accessKeys.nobody;
  writeFileSync(
    join(folder, ".aws", "config"),
    `[profile source]
aws_access_key_id = ${accessKeyId}
aws_secret_access_key = ${secretAccessKey}
endpoint_url = ${server.url}
region = us-east-1
[profile role]
role_arn = ${arn}
source_profile = source
role_session_name = by-profile
external_id = from-the-profile
duration_seconds = 900
endpoint_url = ${server.url}
region = us-east-1
`,
  );
  const aws = (...args: readonly string[]) =>
    runClient(server, folder, program, ["--profile", "role", "--output", "json", ...args]);
  const identity = await aws("sts", "get-caller-identity", "--endpoint-url", server.url);
  assert.equal(identity.code, 0, identity.error);
  assert.equal(
    (JSON.parse(identity.out) as { Arn: string }).Arn,
    `arn:aws:sts::${account}:assumed-role/cli/by-profile`,
  );
  const keys = await aws("kms", "list-keys", "--endpoint-url", server.url);
  assert.equal(keys.code, 0, keys.error);
  const aliases = await aws("kms", "list-aliases", "--endpoint-url", server.url);
  assert.match(aliases.error, /\(AccessDeniedException\).*assumed-role\/cli\/by-profile/);
});
