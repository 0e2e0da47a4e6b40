import { realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { OperatorError } from "../base/errors.ts";
import type { Config } from "../config.ts";
import type { Reader } from "../database/database.ts";
import { openSqliteReader } from "../database/sqlite.ts";
import { ownerOf } from "../services/s3/tables/buckets.ts";
import { ObjectTables } from "../services/s3/tables/objects.ts";
import type { BucketEntry } from "./buckets.ts";
import { openPlaces, readBuckets } from "./buckets.ts";
import type { DataFolder } from "./data-folder.ts";

/**
 * Refuses to begin where buckets could not be kept as the operator says: a directory that is missing, not writable or part of another one,
 * a bucket of another account, objects that were put where the file no longer says. Throws OperatorError.
 */
export async function requirePlaces(
  { buckets }: Pick<Config, "buckets">,
  folder: DataFolder,
): Promise<void> {
  const entries = readBuckets(buckets);
  // Credentials, too, are missed before anyone relies on them.
  openPlaces(buckets, () => undefined).wipe();
  const file = buckets ?? "--buckets";
  requireApart(entries.flatMap(directoriesOf), folder, file);
  const reader = openSqliteReader(folder.database);
  try {
    for (const entry of entries) await requireOwner(reader, entry, file);
    await requireNamed(reader, entries, file);
  } finally {
    reader.close();
  }
}

interface Directory {
  readonly name: string;
  /** Without symbolic links. */
  readonly path: string;
}

function directoriesOf({ name, kept }: BucketEntry): readonly Directory[] {
  return "directory" in kept ? [{ name, path: writable(kept.directory) }] : [];
}

function writable(directory: string): string {
  try {
    if (!statSync(directory).isDirectory())
      throw new OperatorError(`${directory} is no directory: buckets cannot be kept there`);
    const probe = join(directory, ".keywright-probe");
    writeFileSync(probe, "", { mode: 0o600 });
    rmSync(probe);
    return realpathSync(directory);
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause;
    const code = cause instanceof Error && "code" in cause ? cause.code : cause;
    throw new OperatorError(
      `${directory} cannot be written (${code}): make the directory, and give it to the user of the service`,
      { cause },
    );
  }
}

/** Two buckets in one directory would overwrite each other's files. */
function requireApart(directories: readonly Directory[], { folder }: DataFolder, file: string) {
  const all = [{ name: "the data folder", path: realpathSync(folder) }, ...directories];
  for (const [index, one] of all.entries())
    for (const other of all.slice(index + 1))
      if (isWithin(one.path, other.path) || isWithin(other.path, one.path))
        throw new OperatorError(
          `${file}: ${one.name} and ${other.name} must be kept in directories apart from each other`,
        );
}

function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : `${outer}${sep}`);
}

async function requireOwner(reader: Reader, { name, account }: BucketEntry, file: string) {
  const owner = await ownerOf(reader, name);
  if (owner !== undefined && owner !== account)
    throw new OperatorError(
      `${file}: the bucket ${name} belongs to account ${owner}, not to ${account}`,
    );
}

async function requireNamed(reader: Reader, entries: readonly BucketEntry[], file: string) {
  for (const bucket of await new ObjectTables(reader).bucketsElsewhere())
    if (!entries.some(({ name }) => name === bucket))
      throw new OperatorError(
        `${file} does not say where the bucket ${bucket} is kept, and it has objects that are not in the data folder: ` +
          "name its place again, or delete these objects first",
      );
}
