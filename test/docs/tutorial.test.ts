import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { consoleKeyPolicy } from "../../src/authorization/default-policies.ts";
import { installed, withoutClient } from "../conformance/clients.ts";
import type { Started } from "../support/command.ts";
import { start } from "../support/command.ts";

const page = readFileSync(new URL("../../docs/tutorial.md", import.meta.url), "utf8");
const bin = fileURLToPath(new URL("../../bin/keywright.mjs", import.meta.url));

/** The AWS CLI that is tested where there are several: the one that readers are most likely to have. */
const distributions = "/usr/bin/aws";

interface Block {
  readonly commands: string;
  /** What the page says that they print; `…` stands for anything. Undefined where it says nothing. */
  readonly prints: string | undefined;
}

const blocks: readonly Block[] = [
  ...page.matchAll(/^```sh\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```$)?/gm),
].map(([, commands = "", prints]) => ({ commands: commands.trim(), prints: prints?.trim() }));

const folder = mkdtempSync(join(tmpdir(), "kw-"));
let server: Started | undefined;
// Hooks run in this order: the folder goes when nobody is in it.
after(async () => assert.equal((await server?.stop())?.code ?? 0, 0));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Puts the programs that the page calls on the PATH: those of a checkout, and the AWS CLI, told the endpoint as old ones must be. */
function programs(aws: string): string {
  const path = join(folder, "bin");
  mkdirSync(path);
  const scripts = {
    aws: `exec "${aws}" --endpoint-url "$AWS_ENDPOINT_URL" "$@"`,
    npx: `shift\nexec "${process.execPath}" "${bin}" "$@"`,
  };
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(path, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(path, name), 0o755);
  }
  return [path, process.env["PATH"]].join(delimiter);
}

/** Runs one block; its variables are there for the next, as in the terminal of a reader. */
function perform(commands: string, path: string): Promise<{ code: number; printed: string }> {
  const script = `exec 2>&1; set -ea; touch state; . ./state; trap 'export -p >state' EXIT\n${commands}`;
  const env = { PATH: path, HOME: folder, AWS_EC2_METADATA_DISABLED: "true" };
  return new Promise((resolve, reject) => {
    execFile("bash", ["-c", script], { cwd: folder, env }, (error, printed) => {
      const code = error?.code ?? 0;
      if (typeof code === "number") resolve({ code, printed: printed.trim() });
      else reject(error);
    });
  });
}

function matching(text: string): RegExp {
  const parts = text.split("…").map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join("[^]*")}$`);
}

/** A block whose output tells of a refusal ends in it, and no other fails. */
const isRefusal = (prints = ""): boolean => /An error occurred|^deny:?/m.test(prints);

test("the commands of docs/tutorial.md do what it says", async (context) => {
  const found = installed("aws");
  const aws = found.includes(distributions) ? distributions : found[0];
  if (aws === undefined) return withoutClient(context, "awscli");
  const path = programs(aws);
  const [first, ...rest] = blocks;
  assert.equal(first?.commands, "npm start");
  server = start(["start", "--listen", "127.0.0.1:0"], folder);
  const [, url = ""] = await server.printed(/listens on (http:\/\/\S+)\n/);

  for (const { commands, prints } of rest) {
    const here = commands.replaceAll("http://127.0.0.1:7567", url);
    const { code, printed } = await perform(here, path);
    assert.equal(code !== 0, isRefusal(prints), `${commands}\n${printed}`);
    if (prints !== undefined) assert.match(printed, matching(prints), commands);
  }
});

test("everything that docs/tutorial.md says about commands is checked", () => {
  const fences = (language: string): number => page.split(`\n\`\`\`${language}\n`).length - 1;
  assert.equal(blocks.length, fences("sh"));
  assert.equal(blocks.filter(({ prints }) => prints !== undefined).length, fences("text"));
  assert.ok(blocks.filter(({ prints }) => isRefusal(prints)).length >= 10);
});

test("the key policy of docs/tutorial.md is the console's", () => {
  const [, policy = ""] = /key-policy\.json <<JSON\n([\s\S]*?)^JSON$/m.exec(page) ?? [];
  const user = (name: string): string => `arn:aws:iam::111122223333:user/${name}`;
  assert.deepEqual(
    JSON.parse(policy.replaceAll(/\$\{ACCOUNT\}/g, "111122223333")),
    consoleKeyPolicy({
      account: "111122223333",
      administrators: [user("myKeyManager")],
      users: [user("myEncryptor")],
      use: "symmetric",
    }),
  );
});
