// Starts a file on Node.js 26 or later. Plain JavaScript, because it runs on older ones too.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";

const needed = 26;
// The pool computes on every processor and has threads left for files; node's own has four, whatever the machine.
export const nodeEnvironment = { UV_THREADPOOL_SIZE: String(availableParallelism() + 4) };
// Few objects outlive their call: more room for young ones would mostly be filled before it is used again. And none is to be
// born old because its like survived the first seconds: it would keep everything that it points to until the next full collection.
export const nodeFlags = [
  "--disable-proto=delete",
  "--disable-warning=ExperimentalWarning",
  "--max-semi-space-size=16",
  "--no-allocation-site-pretenuring",
];

/** Runs a file in place of this process: same arguments, streams, signals and exit code. */
export function launch(file, args, compileCache) {
  const cache = compileCache ? { NODE_COMPILE_CACHE: compileCache } : {};
  const env = { ...nodeEnvironment, ...process.env, ...cache };
  const child = spawn(findNode(), [...nodeFlags, file, ...args], { stdio: "inherit", env });
  child.on("error", (error) => fail(`cannot start ${child.spawnfile}: ${error.message}`));
  forwardSignals(child);
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function forwardSignals(child) {
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  // A terminal sends Ctrl-C to the child as well; a second one would read as impatience.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
}

/** A Node.js that is new enough: this one, or the one that npm installed. */
export function findNode() {
  if (Number.parseInt(process.versions.node, 10) >= needed) return process.execPath;
  const packaged = packagedNode();
  if (packaged && existsSync(packaged)) return packaged;
  return fail(
    `Keywright runs on Node.js ${needed}; this is ${process.version}, and npm has not installed its own copy.\n` +
      "Install scripts may be switched off. Run: npm rebuild node --ignore-scripts=false\n" +
      `Or install Node.js ${needed} or later: https://nodejs.org/`,
  );
}

/** The binary of npm's `node` package, wherever npm has put that package. */
function packagedNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve("node/package.json");
    return join(dirname(manifest), "bin", process.platform === "win32" ? "node.exe" : "node");
  } catch {
    // The package is not installed at all, which the caller reports.
    return undefined;
  }
}

function fail(message) {
  for (const line of message.split("\n")) console.error(`keywright: ${line}`);
  process.exit(70);
}
