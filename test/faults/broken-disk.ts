/**
 * Loaded in front of a server (--import), in its threads too: makes calls of node:fs, and the COMMIT of SQLite, fail for as
 * long as a control file names them, one `call how` a line.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { DatabaseSync } from "node:sqlite";
import { isMainThread } from "node:worker_threads";

const control = process.env["KEYWRIGHT_TEST_BROKEN_DISK"] ?? "";
const { existsSync, readFileSync } = fs;

/** How a call has to fail now. */
function howOf(call: string): string | undefined {
  const line = linesOf(control).find((each) => each.startsWith(`${call} `));
  return line?.split(" ")[1];
}

/** Lines of a file that may be removed at any moment, after it was found too. Looking needs no descriptor where there is none. */
function linesOf(path: string): string[] {
  try {
    return existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

function fail(code: string, more: object = { code }): never {
  throw Object.assign(new Error(`${code}: injected by a test`), more);
}

/** What is the same for all calls: an error of the system, the end of the thread, or a wait. */
function hinder(how: string): void {
  if (how === "exit" && !isMainThread) process.exit(1);
  else if (/^\d+$/.test(how))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(how));
  else if (/^E[A-Z]+$/.test(how)) fail(how);
}

for (const call of ["fdatasyncSync", "fsyncSync", "openSync", "renameSync"] as const) {
  const real: (...args: never[]) => unknown = fs[call];
  const instead = (...args: never[]): unknown => {
    const how = howOf(call);
    if (how !== undefined) hinder(how);
    return real(...args);
  };
  Object.assign(fs, { [call]: instead });
}

type Write = (file: number, bytes: Uint8Array, from: number, size: number, at: number) => number;
const realWrite: Write = fs.writeSync;
const write: Write = (file, bytes, from, size, at) => {
  const how = howOf("writeSync");
  if (how === undefined) return realWrite(file, bytes, from, size, at);
  hinder(how);
  const written = realWrite(file, bytes, from, Math.ceil(size / 2), at);
  return how === "torn" ? fail("EIO") : written;
};
Object.assign(fs, { writeSync: write });
syncBuiltinESMExports();

const realExec: (this: DatabaseSync, text: string) => void = DatabaseSync.prototype.exec;
DatabaseSync.prototype.exec = function exec(text) {
  const how = text === "COMMIT" && !isMainThread ? howOf("COMMIT") : undefined;
  if (how === undefined) return realExec.call(this, text);
  // Durable or not, the error is the same: SQLITE_IOERR_FSYNC.
  if (how === "done") realExec.call(this, text);
  return fail("SQLITE_IOERR_FSYNC", { code: "ERR_SQLITE_ERROR", errcode: 1_034 });
};
