import { spawnSync } from "node:child_process";
import { closeSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Folder } from "./process.ts";

/** A running server and what a fault can get at. */
export interface Target {
  readonly folder: Folder;
  readonly pid: number;
  /** Control file of broken-disk.ts. */
  readonly control: string;
}

/** Something that goes wrong under a running server, until it is mended. */
export interface Fault {
  readonly name: string;
  /**
   * What comes of it: the writer fails, and what is read again fails, too, until it is mended; or it goes on, and only calls
   * fail; or calls succeed all the same, though perhaps slowly.
   */
  readonly harm: "writer" | "calls" | "none";
  /** Breaks something, and returns what mends it. */
  begin(target: Target): () => void;
}

/** Calls of the server's threads fail; see broken-disk.ts. */
const injected = (name: string, lines: string, harm: Fault["harm"] = "writer"): Fault => ({
  name,
  harm,
  begin({ control }) {
    writeFileSync(control, lines);
    return () => rmSync(control);
  },
});

/** SQL of another process, and what undoes it. */
const altered = (name: string, sql: string, undo: string): Fault => ({
  name,
  harm: "writer",
  begin({ folder }) {
    const run = (text: string): void => {
      using database = new DatabaseSync(join(folder.data, "keywright.db"), { timeout: 10_000 });
      database.exec(text);
    };
    run(sql);
    return () => run(undo);
  },
});

/** Files of the data folder are renamed, and calls fail besides. */
const renamed = (name: string, files: readonly string[], lines = ""): Fault => ({
  name,
  harm: "writer",
  begin({ folder, control }) {
    const move = (from: string, to: string): void => {
      for (const file of files)
        renameSync(join(folder.data, file + from), join(folder.data, file + to));
    };
    writeFileSync(control, lines);
    move("", ".away");
    return () => {
      rmSync(control);
      move(".away", "");
    };
  },
});

/** The operating system allows the server less. */
const limited = (name: string, resource: "fsize" | "nofile", limit: number): Fault => ({
  name,
  harm: "writer",
  begin({ pid }) {
    const before = prlimit(pid, `--${resource}`, "--output=SOFT", "--noheadings", "--raw").trim();
    prlimit(pid, `--${resource}=${limit}:`);
    return () => void prlimit(pid, `--${resource}=${before}:`);
  },
});

function prlimit(pid: number, ...options: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("prlimit", ["--pid", String(pid), ...options]);
  if (status !== 0) throw new Error(`prlimit: ${String(stderr)}`);
  return String(stdout);
}

/** Whether this machine has the tool that limits a running process. */
export const mayLimit = spawnSync("prlimit", ["--version"]).status === 0;

/** All room of the server's small file system is taken, and calls fail besides. */
const full = (name: string, harm: Fault["harm"], lines = ""): Fault => ({
  name,
  harm,
  begin({ folder, control }) {
    const filler = join(folder.data, "..", "filler");
    writeFileSync(control, lines);
    takeAllRoom(filler);
    return () => {
      rmSync(control);
      rmSync(filler);
    };
  },
});

function takeAllRoom(filler: string): void {
  const file = openSync(filler, "w");
  try {
    for (;;) writeSync(file, Buffer.alloc(4_096));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  } finally {
    closeSync(file);
  }
}

const database = ["keywright.db", "keywright.db-wal", "keywright.db-shm"];

/** Of the journal's files. */
export const journalFaults: readonly Fault[] = [
  injected("a write that fails (EIO)", "writeSync EIO"),
  injected("a write that finds no room where room was reserved (ENOSPC)", "writeSync ENOSPC"),
  injected("a write beyond the quota (EDQUOT)", "writeSync EDQUOT"),
  injected("a write that breaks off in the middle", "writeSync torn"),
  injected("writes that take half of what they are given", "writeSync half", "none"),
  injected("a sync that fails (EIO)", "fdatasyncSync EIO"),
  injected("every sync fails, those of the recovery too", "fdatasyncSync EIO\nfsyncSync EIO"),
  injected("a checkpoint that cannot be put in its place", "renameSync EIO"),
  injected("a writer thread that dies between database and journal", "writeSync exit"),
  injected("a writer thread that dies between a write and its sync", "fdatasyncSync exit"),
  renamed("a journal whose folder is away", ["audit"]),
];

/** Of the database. */
export const databaseFaults: readonly Fault[] = [
  injected("a commit that fails", "COMMIT failed"),
  injected("a commit that is done and says that it failed", "COMMIT done"),
  renamed("a database that is away when it is read again", database, "fdatasyncSync EIO"),
  altered(
    "a table that is gone",
    "ALTER TABLE outbox RENAME TO hidden",
    "ALTER TABLE hidden RENAME TO outbox",
  ),
  altered(
    "a database that refuses what is written",
    "CREATE TRIGGER refusing BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'refused'); END",
    "DROP TRIGGER refusing",
  ),
  {
    name: "a database that another process locks",
    harm: "writer",
    begin({ folder }) {
      const other = new DatabaseSync(join(folder.data, "keywright.db"), { timeout: 10_000 });
      other.exec("BEGIN IMMEDIATE");
      return () => other.close();
    },
  },
];

/** Of a disk that is slow. */
export const slowFaults: readonly Fault[] = [
  injected("a sync that takes three seconds", "fdatasyncSync 3000", "none"),
  injected("a sync that takes longer than calls wait", "fdatasyncSync 12000", "calls"),
];

/** Of the limits that the operating system sets. */
export const limitFaults: readonly Fault[] = [
  limited("files that may not grow", "fsize", 65_536),
  limited("no file descriptors left", "nofile", 8),
];

/** Of a small disk that is full. */
export const fullFaults: readonly Fault[] = [
  full("a full disk", "calls"),
  full("a failed sync on a full disk", "writer", "fdatasyncSync EIO"),
];
