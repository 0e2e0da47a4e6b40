// Makes sure that every node_modules is what its package-lock.json says. Plain JavaScript for any Node.js from 20 on.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Installs what is locked, unless it is. Without `development`, packages that only development needs may be missing. */
export function setUp({ development }) {
  const { locked, installed } = packagesIn("");
  if (isInstalled(locked, installed, development)) return;
  const keepsDevelopment = development || Object.values(installed).some((found) => found.dev);
  console.error("keywright: installing dependencies…");
  npmInstall("", keepsDevelopment ? "--include=dev" : "--omit=dev");
}

/** Installs the published clients of KMS that the tests run, unless they are there. Their install scripts are not run. */
export function setUpClients() {
  const { locked, installed } = packagesIn("test/clients/");
  if (isInstalled(locked, installed, false)) return;
  console.error("keywright: installing the clients that the tests run…");
  npmInstall("test/clients/", "--ignore-scripts");
}

/** Compares the lock file with the one that npm writes into node_modules as its last step. */
function isInstalled(locked, installed, development) {
  return Object.entries(locked).every(([path, wanted]) => {
    if (path === "") return true;
    const found = installed[path];
    if (found) return found.version === wanted.version && found.integrity === wanted.integrity;
    return wanted.optional || wanted.devOptional || (wanted.dev && !development);
  });
}

/**
 * Not `npm ci`: that fails when a registry lacks an optional package for another platform. `--no-save` keeps
 * the lock file as it is, and locked versions and hashes are honoured. npm's output goes to stderr, because
 * stdout is that of the command.
 */
function npmInstall(folder, scope) {
  const { status, error } = spawnSync("npm", ["install", "--no-save", "--loglevel=error", scope], {
    cwd: `${root}${folder}`,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status === 0) return;
  console.error(`keywright: npm install failed${error ? `: ${error.message}` : ""}`);
  process.exit(70);
}

function packagesIn(folder) {
  return {
    locked: packagesOf(`${folder}package-lock.json`),
    installed: packagesOf(`${folder}node_modules/.package-lock.json`),
  };
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), "utf8")).packages;
  } catch (error) {
    // Missing or cut short: nothing is known to be installed.
    if (error.code === "ENOENT" || error instanceof SyntaxError) return {};
    throw error;
  }
}
