import { execFile } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import type { TestServer } from "../support/keywright.ts";
import { accessKeys } from "../support/keywright.ts";
import { region } from "./support.ts";

const run = promisify(execFile);

/** Where Debian installs a program, and every other of its name on the PATH; each file once. */
export function installed(name: string): readonly string[] {
  const folders = ["/usr/bin", ...(process.env["PATH"] ?? "").split(delimiter)];
  const files = folders.map((folder) => join(folder, name)).filter((file) => existsSync(file));
  const byTarget = new Map(files.toReversed().map((file) => [realpathSync(file), file]));
  return [...byTarget.values()].toReversed();
}

/** Skips a test whose client is missing; where everything has to be tested it fails instead. */
export function withoutClient(test: TestContext, what: string): void {
  if (process.env["CI"] === "true") throw new Error(`${what} is not installed`);
  test.skip(`${what} is not installed`);
}

export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Runs a client with the administrator's access key and nothing of the machine's own settings. */
export async function runClient(
  server: Pick<TestServer, "url">,
  folder: string,
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Printed> {
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    AWS_ACCESS_KEY_ID: accessKeys.admin.accessKeyId,
    AWS_SECRET_ACCESS_KEY: accessKeys.admin.secretAccessKey,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_PAGER: "",
    ENDPOINT: server.url,
    ...environment,
  };
  try {
    const { stdout, stderr } = await run(program, args, { cwd: folder, env });
    return { code: 0, out: stdout, error: stderr };
  } catch (error) {
    const {
      code,
      stdout = "",
      stderr = "",
    } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== "number") throw error;
    return { code, out: stdout, error: stderr };
  }
}
