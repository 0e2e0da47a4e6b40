import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeFlags } from "../../bin/launch.mjs";
import { accessKeys, account, testSeed } from "../support/keywright.ts";
import type { Access } from "./client.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** A data folder for real server processes, made by the first of them from a seed. */
export interface Folder {
  readonly data: string;
  readonly seed: string;
  remove(): void;
}

export function newFolder(seed: object = testSeed, parent = tmpdir()): Folder {
  const folder = mkdtempSync(join(parent, "keywright-faults-"));
  const path = join(folder, "seed.json");
  writeFileSync(path, JSON.stringify(seed));
  return {
    data: join(folder, "data"),
    seed: path,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A server in a process of its own. */
export interface ServerProcess {
  readonly child: ChildProcess;
  /** Resolves with its address once it serves; rejects when it ends before. */
  readonly ready: Promise<string>;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** All that it has written to standard output and standard error. */
  output(): string;
}

export interface Launch {
  /** Flags for Node.js, in front of the file. */
  readonly node?: readonly string[];
  readonly arguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts `keywright serve` as its launcher does, in this case without the launcher between: a kill hits the server. */
export function startProcess(folder: Folder, launch: Launch = {}): ServerProcess {
  const child = spawn(
    process.execPath,
    [
      ...nodeFlags,
      ...(launch.node ?? []),
      main,
      "serve",
      ...["--data", folder.data, "--listen", "127.0.0.1:0", "--seed", folder.seed],
      ...(launch.arguments ?? []),
    ],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"],
        // A process that is killed while it writes what was covered leaves half a file, which nobody can read.
        NODE_V8_COVERAGE: "",
        // The same on every machine; who wants more threads says so by a flag.
        KEYWRIGHT_WORKERS: "1",
        ...compileCache,
        ...launch.environment,
      },
    },
  );
  let text = "";
  const ready = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<number | string>();
  ready.promise.catch(() => undefined);
  const hear = (bytes: Buffer): void => {
    text += bytes.toString();
    const url = /listens on (\S+)/.exec(text)?.[1];
    if (url !== undefined) ready.resolve(url);
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  child.on("close", (code, signal) => {
    ready.reject(new Error(`the server ended before it served: ${text}`));
    ended.resolve(code ?? signal ?? "unknown");
  });
  return { child, ready: ready.promise, ended: ended.promise, output: () => text };
}

const cache = mkdtempSync(join(tmpdir(), "keywright-compiled-"));
process.on("exit", () => rmSync(cache, { recursive: true, force: true }));
const compileCache = { NODE_COMPILE_CACHE: cache };

/** The administrator of the seed's first account, at a server. */
export function administrator(url: string): Access {
  return { url, ...accessKeys.admin };
}

/** The ARN of a user of the seed's first account. */
export function userArn(name: string): string {
  return `arn:aws:iam::${account}:user/${name}`;
}
