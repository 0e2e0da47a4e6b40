import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

type Call =
  | "fdatasyncSync"
  | "fsyncSync"
  | "openSync"
  | "readFileSync"
  | "renameSync"
  | "statfsSync"
  | "writeSync";

/** An error as the operating system gives it. */
function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected by a test`), { code });
}

/**
 * Puts `instead` in the place of a call of node:fs, for every module of this thread, while the work runs. `instead` gets
 * the real call and its arguments.
 */
export function withDisk<T>(
  call: Call,
  instead: (real: (...args: readonly unknown[]) => unknown, args: readonly unknown[]) => unknown,
  work: () => T,
): T {
  const real = fs[call];
  Object.assign(fs, {
    [call]: (...args: readonly unknown[]) =>
      instead((...given) => Reflect.apply(real, fs, given), args),
  });
  syncBuiltinESMExports();
  try {
    return work();
  } finally {
    Object.assign(fs, { [call]: real });
    syncBuiltinESMExports();
  }
}

/** A disk on which a call fails with a code. */
export function failing(code: string): () => never {
  return () => {
    throw systemError(code);
  };
}
