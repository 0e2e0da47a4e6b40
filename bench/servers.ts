import type { ChildProcess } from "node:child_process";
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Pinning } from "./machine.ts";
import { seed } from "./seed.ts";

/** A server under load. */
export interface Server {
  readonly pid: number;
  stop(): Promise<void>;
}

/** What the echo says: headers as a flat list, and a body. */
export interface EchoAnswer {
  readonly headers: readonly string[];
  readonly body: string;
}

// As bin/launch.mjs starts the service.
const nodeFlags = ["--disable-proto=delete", "--disable-warning=ExperimentalWarning"];
const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const echo = fileURLToPath(new URL("./echo.ts", import.meta.url));

/** Keywright as `keywright serve` runs it, on a new data folder with the seed's keys; nothing is set but the port. */
export async function startKeywright(
  folder: string,
  pinning: Pinning | undefined,
  extraFlags: readonly string[] = [],
): Promise<Server & { readonly port: number }> {
  const seedFile = join(folder, "seed.json");
  writeFileSync(seedFile, JSON.stringify(seed));
  command("init", "--data", join(folder, "data"), "--seed", seedFile);
  const child = start(pinning, [
    ...nodeFlags,
    ...extraFlags,
    ...[main, "serve", "--data", join(folder, "data"), "--listen", "127.0.0.1:0"],
  ]);
  const line = await firstLine(child);
  const port = Number(/^Keywright listens on http:\/\/127\.0\.0\.1:(\d+)$/.exec(line)?.[1]);
  return { ...asServer(child), port };
}

/** One bare node:http server for each answer, all in one process. */
export async function startEcho(
  answers: readonly EchoAnswer[],
  pinning: Pinning | undefined,
): Promise<Server & { readonly ports: readonly number[] }> {
  const child = start(pinning, [...nodeFlags, echo, JSON.stringify(answers)]);
  const ports: readonly number[] = JSON.parse(await firstLine(child));
  return { ...asServer(child), ports };
}

/** Records of calls that a stopped Keywright kept. Throws unless all of them verify. The keys of the seed have one each, too. */
export function countAuditRecords(folder: string): number {
  const text = command("verify-audit", "--data", join(folder, "data"));
  const seeded = seed.accounts.flatMap(({ keys }) => keys).length;
  return Number(/^records intact +(\d+)$/m.exec(text)?.[1]) - seeded;
}

function command(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...nodeFlags, main, ...args], {
    encoding: "utf8",
    env: environment(),
  });
  if (status !== 0) throw new Error(`keywright ${args[0]} failed: ${stderr}`);
  return stdout;
}

function start(pinning: Pinning | undefined, args: readonly string[]): ChildProcess {
  const node = [process.execPath, ...args];
  const [file = "", ...rest] =
    pinning === undefined ? node : ["taskset", "-c", String(pinning.servers), ...node];
  return spawn(file, rest, { stdio: ["ignore", "pipe", "inherit"], env: environment() });
}

/** The environment without settings of Keywright: the defaults are measured. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("KEYWRIGHT_"));
  return Object.fromEntries(kept);
}

function firstLine(child: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  if (child.stdout === null) throw new TypeError("the child has no output");
  createInterface(child.stdout).once("line", resolve);
  child.once("error", reject);
  child.once("exit", (code) => reject(new Error(`a server ended at once, with code ${code}`)));
  return promise;
}

function asServer(child: ChildProcess): Server {
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  if (child.pid === undefined) throw new TypeError("the child never started");
  return {
    pid: child.pid,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
