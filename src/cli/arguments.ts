import { resolve } from "node:path";
import { parseArn } from "../base/arn.ts";
import { day, minute, second } from "../base/clock.ts";
import { UsageError } from "../config.ts";
import { rootSourceKinds } from "../keystore/root/source.ts";

import type {
  AuditFilter,
  AuditKnowledge,
  CostQuestion,
  Question,
  RootSourceChange,
} from "./commands.ts";

import type { FlagValues } from "./flags.ts";
import { splitOnce } from "./flags.ts";

/** The filter that the arguments of `audit` describe. Throws UsageError. */
export function auditFilter(values: FlagValues, now: Date): AuditFilter {
  return {
    eventName: one(values, "--event-name"),
    key: recordedKey(one(values, "--key")),
    user: one(values, "--user"),
    accessKey: one(values, "--access-key"),
    since: since(one(values, "--since"), now),
    limit: count(values, "--limit"),
  };
}

/** Records name keys as they are, not as they were called: an alias may have led to another key. */
function recordedKey(key: string | undefined): string | undefined {
  if (key !== undefined && /(^|:)alias\//.test(key))
    throw new UsageError(
      "--key takes a key id or key ARN; `aws kms describe-key --key-id alias/…` tells where an alias leads now",
    );
  return key;
}

/** What the arguments of `verify-audit` say. Paths are relative to a folder. Throws UsageError. */
export function auditKnowledge(values: FlagValues, workingDirectory: string): AuditKnowledge {
  const folder = one(values, "--audit");
  const proof = one(values, "--proof");
  const checkpoints = one(values, "--checkpoint")?.split(",") ?? [];
  return {
    folder: folder && resolve(workingDirectory, folder),
    checkpoints: checkpoints.map((path) => resolve(workingDirectory, path)),
    keptFrom: count(values, "--kept-from"),
    proof: proof && resolve(workingDirectory, proof),
  };
}

/** The question that the arguments of `explain` ask. Throws UsageError. */
export function question(values: FlagValues, region: string): Question {
  const principal = required(values, "--principal");
  if (!parseArn(principal)) throw new UsageError("--principal must be an ARN");
  const action = required(values, "--action");
  if (!/^[\w-]+:\w+$/.test(action))
    throw new UsageError("--action must be service:Operation, such as kms:Decrypt");
  return {
    principal,
    action,
    resource: one(values, "--resource") ?? "*",
    region,
    sessionPolicy: one(values, "--session-policy"),
    encryptionContext: encryptionContext(values),
    conditions: conditions(values),
  };
}

/** The one change that the arguments of `root-sources` ask for. Throws UsageError. */
export function rootSourceChange(values: FlagValues): RootSourceChange | undefined {
  const changes = ["add", "renew", "remove"] as const;
  const asked = changes.filter((each) => values.has(`--${each}`));
  const [change] = asked;
  if (change === undefined) return undefined;
  if (asked.length > 1) throw new UsageError("--add, --renew and --remove exclude each other");
  const kind = rootSourceKinds.find((each) => each === one(values, `--${change}`));
  if (kind === undefined)
    throw new UsageError(`--${change} must be one of ${rootSourceKinds.join(", ")}`);
  return { change, kind };
}

/** The costs that the arguments of `cost` ask for. Throws UsageError. */
export function costQuestion(values: FlagValues, now: Date): CostQuestion {
  const month = one(values, "--month");
  const account = one(values, "--account");
  if (month !== undefined && !/^\d{4}-(0[1-9]|1[0-2])$/.test(month))
    throw new UsageError("--month must be a month such as 2026-01");
  if (account !== undefined && !/^\d{12}$/.test(account))
    throw new UsageError("--account must be twelve digits");
  const within = month === undefined ? now : new Date(month);
  return { within: within.getTime() / 1_000, account };
}

function one(values: FlagValues, flag: string): string | undefined {
  const text = values.get(flag)?.[0];
  if (text === "") throw new UsageError(`${flag} needs a value`);
  return text;
}

export function required(values: FlagValues, flag: string): string {
  const text = one(values, flag);
  if (text === undefined) throw new UsageError(`${flag} is required`);
  return text;
}

function encryptionContext(values: FlagValues): Readonly<Record<string, string>> {
  const found = pairsOf(values, "--encryption-context");
  const repeated = found.find(
    ([name], index) => found.findIndex((pair) => pair[0] === name) < index,
  );
  if (repeated) throw new UsageError(`--encryption-context has \`${repeated[0]}\` twice`);
  return Object.fromEntries(found);
}

function conditions(values: FlagValues): Readonly<Record<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const [name, value] of pairsOf(values, "--condition"))
    found.set(name, [...(found.get(name) ?? []), value]);
  return Object.fromEntries(found);
}

function pairsOf(values: FlagValues, flag: string): readonly (readonly [string, string])[] {
  return (values.get(flag) ?? []).map((text) => {
    const [name, value] = splitOnce(text);
    if (name === "" || value === undefined) throw new UsageError(`${flag} must be name=value`);
    return [name, value];
  });
}

const units: Readonly<Record<string, number>> = { s: second, m: minute, h: 60 * minute, d: day };

function since(text: string | undefined, now: Date): Date | undefined {
  if (text === undefined) return undefined;
  const [, count, unit = ""] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (count) return new Date(now.getTime() - Number(count) * (units[unit] ?? 0));
  const time = new Date(
    /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(text) ? text : Number.NaN,
  );
  if (!Number.isNaN(time.getTime())) return time;
  throw new UsageError("--since must be a date, a time with its zone, or a span such as 2h");
}

function count(values: FlagValues, flag: string): number | undefined {
  const text = one(values, flag);
  if (text === undefined || /^[1-9]\d{0,14}$/.test(text))
    return text === undefined ? text : Number(text);
  throw new UsageError(`${flag} must be a whole number from 1`);
}
