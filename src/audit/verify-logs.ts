import { equalBytes } from "../crypto/hash.ts";
import type { LogBeginning } from "./log-beginning.ts";
import type { LogCheckpoint } from "./log-checkpoint.ts";
import { logOrigin } from "./log-checkpoint.ts";
import { widthAt } from "./log-names.ts";
import type { Work } from "./log-work.ts";
import { plainWork } from "./log-work.ts";
import { tilePath } from "./tiles.ts";
import type { LogReader } from "./tree-check.ts";
import type { LogFault, LogTrust, LogVerification } from "./verify-log.ts";
import { verifyLog } from "./verify-log.ts";

/** The log of a boot. */
export interface BootLog {
  readonly boot: number;
  readonly reader: LogReader;
}

/** What all logs of a deployment are verified with. `growing` is said of the newest one. */
export interface LogsTrust extends Omit<LogTrust, "boot" | "remembered"> {
  /** Checkpoints that are known from elsewhere. */
  readonly remembered?: readonly LogCheckpoint[];
}

export interface LogsVerification {
  /** In the order of boots. */
  readonly logs: readonly LogVerification[];
  /** All that is wrong, the first first. */
  readonly faults: readonly LogFault[];
}

/** Checks all logs of a deployment: each for itself, and that each begins where the one before it ended. */
export function verifyLogs(
  logs: readonly BootLog[],
  trust: LogsTrust,
  work: Work = plainWork,
): LogsVerification {
  const { remembered = [], growing = false, ...rest } = trust;
  const ordered = logs.toSorted((a, b) => a.boot - b.boot);
  const faults: LogFault[] = [];
  const verified: LogVerification[] = [];
  for (const { boot, reader } of ordered) {
    const origin = logOrigin(trust.deployment, boot);
    const own = remembered.filter((each) => each.origin === origin);
    const isNewest = boot === ordered.at(-1)?.boot;
    const log = { ...rest, boot, remembered: own, growing: growing && isNewest };
    const found = verifyLog(reader, log, work);
    faults.push(...found.faults, ...linkFaults(found, verified.at(-1), trust));
    verified.push(found);
  }
  return { logs: verified, faults: [...faults, ...forgotten(verified, remembered, trust)] };
}

/** What is wrong with the place where a log begins. Nothing is said of logs that are wrong themselves. */
function linkFaults(
  { boot, beginning, checkpoint }: LogVerification,
  before: LogVerification | undefined,
  { keptFrom = 0 }: LogsTrust,
): readonly LogFault[] {
  if (beginning === undefined || checkpoint === undefined) return [];
  const file = tilePath("entries", 0, widthAt("entries", 0, checkpoint.size));
  const fault = (reason: string): readonly LogFault[] => [{ boot, file, index: 0, reason }];
  const { firstPosition, previous } = beginning;
  if (before === undefined) {
    if (previous === undefined && firstPosition !== 1)
      return fault("the first log does not begin at position 1");
    return previous === undefined || firstPosition <= keptFrom
      ? []
      : fault(`the logs before it are missing: it goes on behind ${previous.origin}`);
  }
  if (previous === undefined) return fault("the log does not name the one before it");
  if (previous.origin !== before.origin)
    return fault(`the log goes on behind ${previous.origin}, which is missing`);
  if (before.checkpoint === undefined || before.beginning === undefined) return [];
  if (!sameTree(previous, before.checkpoint))
    return fault(
      `the log goes on behind entry ${previous.size} of ${previous.origin}, which does not end there as it says`,
    );
  return firstPosition === endOf(before.beginning, before.checkpoint)
    ? []
    : fault("the positions of its records do not continue those of the log before it");
}

/** The position behind the last record of a log. */
function endOf({ firstPosition }: LogBeginning, { size }: LogCheckpoint): number {
  return firstPosition + size - 1;
}

function sameTree(a: LogCheckpoint, b: LogCheckpoint): boolean {
  return a.size === b.size && equalBytes(a.root, b.root);
}

/** Remembered checkpoints whose log is gone, unless its time to be kept is over. */
function forgotten(
  logs: readonly LogVerification[],
  remembered: readonly LogCheckpoint[],
  { deployment, keptFrom = 0 }: LogsTrust,
): readonly LogFault[] {
  const [oldest] = logs;
  const start = oldest?.beginning?.firstPosition ?? 0;
  return remembered
    .filter(({ origin }) => logs.every((log) => log.origin !== origin))
    .map((each) => ({ boot: bootOf(each, deployment), ...each }))
    .filter(({ boot }) => !(boot < (oldest?.boot ?? 0) && start <= keptFrom))
    .map(({ boot, origin, size }) => ({
      boot,
      file: "checkpoint",
      reason: `the log ${origin} is missing, of which ${size} entries were signed`,
    }));
}

function bootOf({ origin }: LogCheckpoint, deployment: string): number {
  const boot = Number(origin.slice(logOrigin(deployment, 0).length - 1));
  return Number.isSafeInteger(boot) ? boot : 0;
}
