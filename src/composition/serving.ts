import { availableParallelism } from "node:os";
import { OperatorError } from "../base/errors.ts";
import type { Findings, Io } from "../cli/commands.ts";
import type { Config } from "../config.ts";
import { requireOpenssl } from "../crypto/openssl-self-test.ts";
import { jsonLog } from "../server/log.ts";
import { dataFolder } from "./data-folder.ts";
import { initialize } from "./init.ts";
import { profileCommands, writeAwsConfig } from "./profile.ts";
import type { Running } from "./running.ts";
import { openRunning } from "./running.ts";

/** Exit code of a process that found damage in what is stored (EX_SOFTWARE): reading it again would not help. */
const failStop = 70;

/** `init` for one who goes on to serve. Throws OperatorError for shares: what a service prints ends up in logs. */
export async function initializeUnattended(config: Config, io: Io): Promise<Findings> {
  if (config.root.named.includes("shares"))
    throw new OperatorError(
      "shares are printed once, for people: run `keywright init` first, in a terminal that nothing records",
    );
  return initialize(config, io);
}

/** Serves until SIGINT or SIGTERM. */
export async function serveUntilSignal(config: Config, io: Io): Promise<void> {
  await requireOpenssl();
  const log = jsonLog(config.logLevel, io.clock, (line) => process.stderr.write(line));
  const running = await openRunning(config, io.clock, log, io.ask, threadsOf(config));
  // Before anyone can know that we serve: a signal right after the welcome stops us in order, too.
  const stopped = nextSignal();
  const folder = dataFolder(config);
  writeAwsConfig(folder, config, running.url);
  for (const line of welcome(running, profileCommands(folder))) io.out(line);
  void running.failed.then((reason) => {
    log("error", "stopping at once: the database or the journal can no longer be written", {
      reason,
    });
    process.exit(failStop);
  });
  const signal = await stopped;
  log("info", "stopping", { signal });
  await running.close();
}

/** Where the system spreads the connections of a port over all threads that listen on it, as libuv has it. */
const sharing: ReadonlySet<string> = new Set(["linux", "freebsd"]);

/** Threads that answer HTTP: the writer and the thread of the audit logs want a quarter of the processors. Throws OperatorError. */
export function threadsOf(
  { workers }: Pick<Config, "workers">,
  system: string = process.platform,
  processors = availableParallelism(),
): number {
  const shares = sharing.has(system);
  if (workers === "auto")
    return shares ? Math.max(1, Math.min(8, Math.floor((processors * 3) / 4))) : 1;
  if (workers > 1 && !shares)
    throw new OperatorError(
      "this system does not share a port between threads: leave `--workers` out, or give 1",
    );
  return workers;
}

/** Resolves with the first signal that asks the process to end. */
export function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const)
      process.once(signal, () => resolve(signal));
  });
}

function welcome({ url, sealed }: Running, exports: readonly string[]): readonly string[] {
  return [
    `Keywright listens on ${url}`,
    "",
    ...(sealed ? ["It is SEALED and refuses every request until `keywright unseal`.", ""] : []),
    "In another terminal:",
    "",
    ...exports.map((line) => `    ${line}`),
    "    aws sts get-caller-identity",
    "    aws kms create-key --description first",
    "",
    "An AWS CLI older than 2.13 or 1.29 does not read the endpoint from the profile: add",
    `    --endpoint-url ${url}`,
    "",
    "Ctrl-C stops it; started again, everything is as it was.",
  ];
}
