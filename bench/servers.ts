import type { ChildProcess } from "node:child_process";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { nodeEnvironment, nodeFlags } from "../bin/launch.mjs";
import type { Endpoint } from "./load.ts";
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

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const echo = fileURLToPath(new URL("./echo.ts", import.meta.url));

/** A Keywright under load. */
export interface KeywrightServer extends Server {
  readonly folder: string;
  readonly endpoint: Endpoint;
}

/** What a Keywright is started with beside the defaults. */
export interface Extras {
  readonly tls?: boolean;
  /** Threads that answer HTTP, one where nothing is said. */
  readonly workers?: number;
  readonly nodeFlags?: readonly string[];
}

/** Keywright as `keywright serve` runs it, on a new data folder with the seed's keys; nothing is set but the port, the number of workers, and TLS where wanted. */
export async function startKeywright(
  folder: string,
  pinning: Pinning | undefined,
  extras: Extras = {},
): Promise<KeywrightServer> {
  mkdirSync(folder, { recursive: true });
  const seedFile = join(folder, "seed.json");
  writeFileSync(seedFile, JSON.stringify(seed));
  command("init", "--data", join(folder, "data"), "--seed", seedFile);
  const certificate = extras.tls === true ? makeCertificate(folder) : undefined;
  const flags =
    certificate === undefined ? [] : ["--tls-cert", certificate.file, "--tls-key", certificate.key];
  const { workers = 1 } = extras;
  const { port, ...server } = await serve(join(folder, "data"), pinning, {
    ...extras,
    flags: [...flags, "--workers", String(workers)],
  });
  const endpoint: Endpoint = {
    host: "127.0.0.1",
    port,
    ...(certificate === undefined ? {} : { tls: { ca: readFileSync(certificate.file, "utf8") } }),
  };
  return { ...server, folder, endpoint };
}

/** Keywright on a data folder that is there, with flags of its own. */
export async function serve(
  data: string,
  pinning: Pinning | undefined,
  {
    nodeFlags: more = [],
    flags = [],
  }: Pick<Extras, "nodeFlags"> & {
    readonly flags?: readonly string[];
  } = {},
): Promise<Server & { readonly port: number }> {
  const child = start(pinning, [
    ...nodeFlags,
    ...more,
    ...[main, "serve", "--data", data, "--listen", "127.0.0.1:0", ...flags],
  ]);
  const line = await firstLine(child);
  const port = Number(/^Keywright listens on https?:\/\/127\.0\.0\.1:(\d+)$/.exec(line)?.[1]);
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

/** A self-signed P-256 certificate for 127.0.0.1, and its key. */
function makeCertificate(folder: string): { readonly file: string; readonly key: string } {
  const [file, key] = [join(folder, "tls.crt"), join(folder, "tls.key")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];
  const name = ["-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1"];
  const { status, stderr } = spawnSync(
    "openssl",
    ["req", "-x509", ...kind, ...name, "-days", "2", "-keyout", key, "-out", file],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`openssl made no certificate: ${stderr}`);
  return { file, key };
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
  return { ...nodeEnvironment, ...Object.fromEntries(kept) };
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
