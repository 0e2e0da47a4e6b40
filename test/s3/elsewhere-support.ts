import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { account } from "../support/keywright.ts";

/** A folder of a test, with a directory for a bucket in it and the file that says so. */
export interface Elsewhere {
  readonly folder: string;
  readonly directory: string;
  /** What `--buckets` names. */
  readonly file: string;
  /** Says otherwise where buckets are kept. */
  write(buckets: object): void;
  /** The files of the directory, by their paths in it. */
  files(): readonly string[];
  remove(): void;
}

/** Makes a directory that a bucket is kept in. */
export function keptInDirectory(bucket: string): Elsewhere {
  const folder = mkdtempSync(join(tmpdir(), "keywright-elsewhere-"));
  const directory = join(folder, "bucket");
  const file = join(folder, "buckets.json");
  mkdirSync(directory);
  const write = (buckets: object): void => writeFileSync(file, JSON.stringify(buckets));
  write({ [bucket]: { account, directory: "bucket" } });
  return {
    folder,
    directory,
    file,
    write,
    files: () =>
      readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
        .toSorted(),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
