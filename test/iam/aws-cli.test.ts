import * as assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { installed, runClient, withoutClient } from "../conformance/clients.ts";
import { openServer } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { seedWithAdmins } from "./support.ts";

type Answer = Readonly<Record<string, unknown>>;

/** Runs `aws iam` and reads what it prints as JSON. */
function shellOf(server: TestServer, program: string, name: string) {
  const folder = join(server.folder, "..", name);
  mkdirSync(folder);
  const run = (args: readonly string[]) => {
    const whole = ["--endpoint-url", server.url, "--output", "json", "iam", ...args];
    return runClient(server, folder, program, whole);
  };
  return {
    async iam(...args: readonly string[]): Promise<Answer> {
      const { code, out, error } = await run(args);
      assert.equal(code, 0, error);
      return (out === "" ? {} : JSON.parse(out)) as Answer;
    },
    async refused(text: string, ...args: readonly string[]): Promise<void> {
      const { code, error } = await run(args);
      assert.notEqual(code, 0);
      assert.ok(error.includes(text), error);
    },
  };
}

async function flow({ iam, refused }: ReturnType<typeof shellOf>, name: string): Promise<void> {
  const user = `cli-${name}`;
  const created = await iam("create-user", "--user-name", user, "--tags", "Key=team,Value=a b");
  const { User } = await iam("get-user", "--user-name", user);
  assert.equal((User as Answer)["UserName"], user);
  assert.deepEqual((User as Answer)["UserId"], (created["User"] as Answer)["UserId"]);
  await iam("create-group", "--group-name", `g-${user}`, "--path", "/cli/");
  await iam("add-user-to-group", "--group-name", `g-${user}`, "--user-name", user);
  const group = await iam("get-group", "--group-name", `g-${user}`);
  assert.equal((group["Users"] as readonly Answer[])[0]?.["UserName"], user);

  const key = (await iam("create-access-key", "--user-name", user))["AccessKey"] as Answer;
  const id = String(key["AccessKeyId"]);
  const lastUsed = await iam("get-access-key-last-used", "--access-key-id", id);
  assert.deepEqual(lastUsed["AccessKeyLastUsed"], { ServiceName: "N/A", Region: "N/A" });
  const ofKey = ["--user-name", user, "--access-key-id", id];
  await iam("update-access-key", ...ofKey, "--status", "Inactive");
  const listed = (await iam("list-access-keys", "--user-name", user))["AccessKeyMetadata"];
  assert.equal((listed as readonly Answer[])[0]?.["Status"], "Inactive");

  const password = ["--user-name", user, "--password", "Correct-horse-1"];
  await iam("create-login-profile", ...password, "--password-reset-required");
  await refused(
    "An error occurred (PasswordPolicyViolation) when calling the UpdateLoginProfile operation: Password should have a minimum length of 8",
    "update-login-profile",
    "--user-name",
    user,
    "--password",
    "short",
  );
  const { SummaryMap } = await iam("get-account-summary");
  assert.ok(Number((SummaryMap as Answer)["Users"]) >= 5);
  await iam("generate-credential-report");
  const { Content } = await iam("get-credential-report");
  assert.match(Buffer.from(String(Content), "base64").toString("utf8"), /^user,arn,/);

  await refused(
    "An error occurred (DeleteConflict) when calling the DeleteUser operation: Cannot delete entity, must delete login profile first.",
    "delete-user",
    "--user-name",
    user,
  );
  await iam("delete-login-profile", "--user-name", user);
  await iam("delete-access-key", ...ofKey);
  await iam("remove-user-from-group", "--group-name", `g-${user}`, "--user-name", user);
  await iam("delete-group", "--group-name", `g-${user}`);
  await iam("delete-user", "--user-name", user);
  await refused(
    `An error occurred (NoSuchEntity) when calling the GetUser operation: The user with name ${user} cannot be found.`,
    "get-user",
    "--user-name",
    user,
  );
  const users = (await iam("list-users", "--page-size", "2"))["Users"] as readonly Answer[];
  assert.deepEqual(
    users.map((each) => each["UserName"]),
    ["admin", "encryptor", "manager", "nobody"],
  );
}

describe("AWS's command line over IAM", () => {
  let server: TestServer;
  before(async () => {
    server = await openServer(seedWithAdmins());
  });
  const programs = installed("aws");
  for (const [index, program] of programs.entries())
    test(`${program}: a user from the first to the last day`, () =>
      flow(shellOf(server, program, `aws-${index}`), String(index)));
  test("the distribution's is tested", (context) => {
    if (!programs.includes("/usr/bin/aws")) withoutClient(context, "awscli");
  });
});
