// `npm test`: installs the real clients that the tests speak with, then checks everything.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { check } from "./check.mjs";

/** Debian packages of the clients and tools that the tests use, each with a file that shows it is there. */
const packages = [
  ["awscli", "/usr/bin/aws"],
  ["python3-boto3", "/usr/lib/python3/dist-packages/boto3"],
  ["python3-cryptography", "/usr/lib/python3/dist-packages/cryptography"],
  ["openssl", "/usr/bin/openssl"],
  ["softhsm2", "/usr/bin/softhsm2-util"],
];

function installPackages() {
  const missing = packages.filter(([, file]) => !existsSync(file)).map(([name]) => name);
  if (missing.length === 0) return;
  if (!existsSync("/usr/bin/apt-get")) {
    console.error(
      `keywright: NOT A DEBIAN SYSTEM: install ${missing.join(", ")} yourself, or their tests cannot run`,
    );
    return;
  }
  console.error(`keywright: installing ${missing.join(", ")}…`);
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const run = (...command) => {
    const [program, ...args] = [...sudo, ...command];
    return spawnSync(program, args, {
      stdio: ["ignore", 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    }).status;
  };
  run("apt-get", "update", "-qq");
  if (run("apt-get", "install", "-y", "-qq", "--no-install-recommends", ...missing) !== 0)
    console.error(
      `keywright: COULD NOT INSTALL ${missing.join(", ")}: their tests fail in CI and are skipped elsewhere`,
    );
}

installPackages();
check();
