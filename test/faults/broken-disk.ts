/**
 * Loaded in front of a server (--import), in its threads too: makes calls of node:fs fail for as long as a control file
 * names them, one `call code` a line.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const control = process.env["KEYWRIGHT_TEST_BROKEN_DISK"] ?? "";
const { existsSync, readFileSync } = fs;

/** The code with which a call has to fail now. */
function codeOf(call: string): string | undefined {
  const lines = existsSync(control) ? readFileSync(control, "utf8").split("\n") : [];
  return lines.find((line) => line.startsWith(`${call} `))?.split(" ")[1];
}

for (const call of ["fdatasyncSync", "fsyncSync", "writeSync"] as const) {
  const real: (...args: never[]) => unknown = fs[call];
  const instead = (...args: never[]): unknown => {
    const code = codeOf(call);
    if (code !== undefined) throw Object.assign(new Error(`${code}: injected by a test`), { code });
    return real(...args);
  };
  Object.assign(fs, { [call]: instead });
}
syncBuiltinESMExports();
