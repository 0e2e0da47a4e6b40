import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where distributions put SoftHSM's module. */
const modules = [
  "/usr/lib/softhsm/libsofthsm2.so",
  "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
  "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
  "/usr/lib64/pkcs11/libsofthsm2.so",
  "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

/** Tokens of SoftHSM in a folder of their own. */
export interface SoftHsm {
  readonly module: string;
  /** Where configuration and tokens are. */
  readonly folder: string;
  /** Adds a token whose user has this PIN. */
  addToken(label: string, pin: string): void;
  /** Empties a token and gives its user another PIN. */
  renewToken(label: string, pin: string): void;
  remove(): void;
}

/** Makes an empty folder of tokens and points this process, and what it starts, to it. */
export function softHsm(): SoftHsm {
  const module = modules.find(existsSync);
  if (module === undefined) throw new Error("SoftHSM is needed: install the package softhsm2");
  const folder = mkdtempSync(join(tmpdir(), "keywright-softhsm-"));
  mkdirSync(join(folder, "tokens"));
  const configuration = join(folder, "softhsm2.conf");
  writeFileSync(
    configuration,
    `directories.tokendir = ${folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  process.env["SOFTHSM2_CONF"] = configuration;
  const init = (where: readonly string[], label: string, pin: string): void => {
    const given = [
      "--init-token",
      ...where,
      "--label",
      label,
      "--so-pin",
      "87654321",
      "--pin",
      pin,
    ];
    execFileSync("softhsm2-util", given, { stdio: ["ignore", "ignore", "pipe"] });
  };
  return {
    module,
    folder,
    addToken: (label, pin) => init(["--free"], label, pin),
    renewToken: (label, pin) => init(["--token", label], label, pin),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
