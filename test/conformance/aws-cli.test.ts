import * as assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { TestServer } from "../support/keywright.ts";
import { installed, runClient, withoutClient } from "./clients.ts";
import { account, openServer, userArn } from "./support.ts";

/** One run through what users do, with files in a folder of its own. */
class Shell {
  readonly #server: TestServer;
  readonly #program: string;
  readonly #folder: string;

  constructor(server: TestServer, program: string, name: string) {
    this.#server = server;
    this.#program = program;
    this.#folder = join(server.folder, "..", name);
    mkdirSync(this.#folder);
  }

  file(name: string): string {
    return join(this.#folder, name);
  }

  async #run(service: string, args: readonly string[]) {
    const whole = ["--endpoint-url", this.#server.url, "--output", "json", service, ...args];
    return runClient(this.#server, this.#folder, this.#program, whole);
  }

  /** What a command printed as JSON; nothing is undefined. */
  async aws(service: string, ...args: readonly string[]): Promise<unknown> {
    const { code, out, error } = await this.#run(service, args);
    assert.equal(code, 0, error);
    return out === "" ? undefined : JSON.parse(out);
  }

  async kms(...args: readonly string[]): Promise<Record<string, string>> {
    return ((await this.aws("kms", ...args)) ?? {}) as Record<string, string>;
  }

  async refused(operation: string, message: string, ...args: readonly string[]): Promise<void> {
    const { code, error } = await this.#run("kms", args);
    assert.notEqual(code, 0);
    const [name, text] = message.split(": ");
    assert.match(
      error,
      new RegExp(`An error occurred \\(${name}\\) when calling the ${operation} operation: `),
    );
    assert.ok(error.includes(text ?? ""), error);
  }
}

async function flow(shell: Shell): Promise<void> {
  const made = (await shell.aws("kms", "create-key", "--description", "by the command line")) as {
    KeyMetadata: Record<string, string>;
  };
  const { KeyId = "", Arn = "" } = made.KeyMetadata;
  const alias = `alias/cli-${KeyId}`;
  assert.deepEqual(
    await shell.kms("create-alias", "--alias-name", alias, "--target-key-id", KeyId),
    {},
  );

  writeFileSync(shell.file("plain"), "a file \u00fc with \0 bytes\n");
  const context = "purpose=test,Owner=me";
  const encrypted = await shell.kms(
    "encrypt",
    "--key-id",
    alias,
    "--plaintext",
    `fileb://${shell.file("plain")}`,
    "--encryption-context",
    context,
  );
  assert.deepEqual(Object.keys(encrypted).toSorted(), [
    "CiphertextBlob",
    "EncryptionAlgorithm",
    "KeyId",
  ]);
  assert.equal(encrypted["KeyId"], Arn);
  writeFileSync(shell.file("sealed"), Buffer.from(String(encrypted["CiphertextBlob"]), "base64"));
  const sealed = ["--ciphertext-blob", `fileb://${shell.file("sealed")}`];
  const opened = await shell.kms("decrypt", ...sealed, "--encryption-context", context);
  assert.deepEqual(
    Buffer.from(String(opened["Plaintext"]), "base64"),
    readFileSync(shell.file("plain")),
  );

  const moved = await shell.kms(
    "re-encrypt",
    ...sealed,
    "--source-encryption-context",
    context,
    "--destination-key-id",
    alias,
  );
  assert.equal(moved["SourceKeyId"], Arn);
  writeFileSync(shell.file("moved"), Buffer.from(String(moved["CiphertextBlob"]), "base64"));
  const again = ["decrypt", "--ciphertext-blob", `fileb://${shell.file("moved")}`];
  assert.equal((await shell.kms(...again))["Plaintext"], opened["Plaintext"]);

  assert.deepEqual(await shell.kms("enable-key-rotation", "--key-id", KeyId), {});
  const status: Record<string, unknown> = await shell.kms(
    "get-key-rotation-status",
    "--key-id",
    KeyId,
  );
  assert.equal(status["KeyRotationEnabled"], true);
  await shell.kms("disable-key", "--key-id", KeyId);
  await shell.refused("Decrypt", `DisabledException: ${Arn} is disabled.`, ...again);
  const scheduled: Record<string, unknown> = await shell.kms(
    "schedule-key-deletion",
    "--key-id",
    KeyId,
    "--pending-window-in-days",
    "7",
  );
  assert.equal(scheduled["KeyState"], "PendingDeletion");
  assert.deepEqual(await shell.kms("cancel-key-deletion", "--key-id", KeyId), { KeyId: Arn });
  await shell.kms("enable-key", "--key-id", KeyId);
  assert.equal((await shell.kms(...again))["Plaintext"], opened["Plaintext"]);

  const listed: Record<string, unknown> = await shell.kms("list-keys", "--page-size", "1");
  assert.ok(JSON.stringify(listed["Keys"]).includes(KeyId));
  const identity = (await shell.aws("sts", "get-caller-identity")) as Record<string, string>;
  assert.equal(identity["Account"], account);
  assert.equal(identity["Arn"], userArn("admin"));
}

describe("AWS's command line", { concurrency: true }, () => {
  let server: TestServer;
  before(async () => {
    server = await openServer();
  });
  const programs = installed("aws");
  for (const [index, program] of programs.entries())
    test(`${program}: the way of a user`, () => flow(new Shell(server, program, `aws-${index}`)));
  test("the distribution's is tested", (context) => {
    if (!programs.includes("/usr/bin/aws")) withoutClient(context, "awscli");
  });
});
