import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { keySpecs } from "../../src/crypto/key-spec.ts";
import { privateKeySecrets } from "../support/private-keys.ts";
import { canReadMemory, secretsIn } from "../support/process-memory.ts";

const user = fileURLToPath(new URL("private-key-user.ts", import.meta.url));
/** Larger keys of RSA take long to make, and differ in nothing else. */
const asymmetric = Object.entries(keySpecs).filter(
  ([, { keyType, modulusLength = 2048 }]) => keyType === "asymmetric" && modulusLength === 2048,
);
/** More than one: what the first leaves behind may be overwritten by the next. */
const keysOfEach = 3;

/** Has a new process make its keys from files, or write the keys that it generated into them, spec by spec; gives what it leaves behind. */
async function remainsOf(t: TestContext, origin: string): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "keywright-keys-"));
  t.after(() => rmSync(folder, { recursive: true }));
  // OpenSSL's check of an RSA key frees numbers of it without wiping them (SECURITY.md).
  const specs = asymmetric.filter(
    ([spec, { origins }]) =>
      origin !== "imported" || (origins.includes("EXTERNAL") && !spec.startsWith("RSA")),
  );
  for (const [spec, { generate }] of specs)
    for (let index = 0; index < keysOfEach; index++)
      writeFileSync(
        join(folder, `${spec}.${index}`),
        origin === "generated" ? "" : (await generate()).secret,
      );
  const child = spawn(process.execPath, [user, origin, folder], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const remains: string[] = [];
  for (const [spec] of specs) {
    await once(child.stdout, "data");
    const files = readdirSync(folder).filter((name) => name.startsWith(`${spec}.`));
    const secrets = new Map(
      files.flatMap((name) => privateKeySecrets(name, readFileSync(join(folder, name)))),
    );
    // The search finds what is there: each key in its PKCS#8, at least.
    const found = secretsIn(child.pid ?? 0, secrets);
    const present = files.filter((name) => found.some((secret) => secret.startsWith(name)));
    assert.deepEqual(present, files);
    child.stdin.write(".");
    await once(child.stdout, "data");
    remains.push(...secretsIn(child.pid ?? 0, secrets));
    child.stdin.write(".");
  }
  return remains;
}

/** Proves that private keys that came into a process somehow leave nothing there once they are given up. */
export function testRemains(origin: "read" | "used" | "imported" | "generated"): void {
  test(
    `keys that were ${origin} leave nothing in memory when they are given up`,
    {
      skip: !canReadMemory && "needs /proc",
    },
    async (t) => assert.deepEqual(await remainsOf(t, origin), []),
  );
}
