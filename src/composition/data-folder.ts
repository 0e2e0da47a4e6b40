import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { OperatorError } from "../base/errors.ts";
import type { Config } from "../config.ts";

/** Where everything of a deployment stands in its data folder. */
export interface DataFolder {
  readonly folder: string;
  readonly database: string;
  readonly lock: string;
  readonly journal: string;
  /** One log for each boot. */
  readonly logs: string;
  /** Lookups and usage, made from the logs. */
  readonly index: string;
  /** The bytes of S3 objects. */
  readonly objects: string;
  readonly awsConfig: string;
  readonly awsCredentials: string;
  /** Address of the running server, for `status`. */
  readonly address: string;
  /** Socket of the running server, for `seal` and `unseal`. */
  readonly control: string;
}

export function dataFolder({ data }: Pick<Config, "data">): DataFolder {
  return {
    folder: data,
    database: join(data, "keywright.db"),
    lock: join(data, "lock.db"),
    journal: join(data, "audit"),
    logs: join(data, "audit", "log"),
    index: join(data, "audit", "index.db"),
    objects: join(data, "objects"),
    awsConfig: join(data, "aws", "config"),
    awsCredentials: join(data, "aws", "credentials"),
    address: join(data, "address"),
    control: join(data, "control"),
  };
}

/** Whether a deployment was ever completed in the folder. Throws OperatorError when this user may not look. */
export function isInitialized({ folder, database }: DataFolder): boolean {
  try {
    accessSync(database, constants.R_OK);
    return true;
  } catch (cause) {
    const code = codeOf(cause);
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw unusable(folder, cause);
  }
}

/** Creates the folder for its owner only, or checks that an existing one is empty of other things and closed to others. */
export function createFolder({ folder }: DataFolder, allowed: readonly string[]): void {
  const strange = claim(folder).filter((each) => !allowed.includes(each));
  if (strange.length > 0)
    throw new OperatorError(
      `${folder} holds other files (${strange[0]}): name a new folder with --data`,
    );
  chmodSync(folder, 0o700);
}

/** Makes a folder and those above it, where they are missing. One by one: where the system makes none, Node's own way never ends. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above);
  mkdirSync(path, { mode: 0o700 });
}

/** What is in the folder, which is made where there is none. */
function claim(folder: string): readonly string[] {
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK);
    return readdirSync(folder);
  } catch (cause) {
    throw unusable(folder, cause);
  }
}

function unusable(folder: string, cause: unknown): OperatorError {
  return new OperatorError(
    `cannot use ${folder} (${codeOf(cause)}): name a folder of the user who runs this with --data, or run it as its owner`,
    { cause },
  );
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && "code" in cause ? cause.code : cause;
}

/** Refuses a folder that other users of the machine can enter. */
export function requirePrivate({ folder }: DataFolder): void {
  if ((statSync(folder).mode & 0o077) !== 0)
    throw new OperatorError(`${folder} is open to other users: run \`chmod 700 ${folder}\``);
}

/** Writes a file for its owner only, all of it or none. */
export function writePrivate(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Removes an unfinished database of an interrupted `init`. */
export function removeUnfinished(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
}
