import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { keySpecs } from "../../src/crypto/key-spec.ts";
import { canReadMemory, secretsIn } from "../support/process-memory.ts";

const user = fileURLToPath(new URL("private-key-user.ts", import.meta.url));
const asymmetric = Object.entries(keySpecs).filter(([, { keyType }]) => keyType === "asymmetric");
/** More than one: what the first leaves behind may be overwritten by the next. */
const keysOfEach = 3;

/** What nobody may learn of a private key, in both orders of bytes. */
function secretsOf(name: string, der: Buffer): readonly (readonly [string, Buffer])[] {
  const parts = Object.entries(secretParts(name, der));
  return parts.flatMap(([part, bytes]) => [
    [`${name}: ${part}`, bytes] as const,
    [`${name}: ${part}, least significant byte first`, Buffer.from(bytes).reverse()] as const,
  ]);
}

function secretParts(name: string, der: Buffer): Readonly<Record<string, Buffer>> {
  if (name.startsWith("ML_KEM")) return { seed: der.subarray(-64) };
  if (name.startsWith("ML_DSA") || name.includes("EDWARDS")) return { seed: der.subarray(-32) };
  // Behind headers of fixed lengths.
  if (name.startsWith("SM2")) return { scalar: der.subarray(36, 68) };
  const jwk = createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({
    format: "jwk",
  });
  const numbers = ["d", "p", "q", "dp", "dq", "qi"] as const;
  return Object.fromEntries(
    numbers.flatMap((number) => {
      const value = jwk[number];
      return value === undefined ? [] : [[number, Buffer.from(String(value), "base64url")]];
    }),
  );
}

/** Has a new process make its keys from files, or write the keys that it generated into them, spec by spec; gives what it leaves behind. */
async function remainsOf(t: TestContext, origin: string): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "keywright-keys-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const specs = asymmetric.filter(
    ([, { origins }]) => origin !== "imported" || origins.includes("EXTERNAL"),
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
      files.flatMap((name) => secretsOf(name, readFileSync(join(folder, name)))),
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

for (const origin of ["read", "used"] as const)
  test(
    `keys that were ${origin} leave nothing in memory when they are given up`,
    {
      skip: !canReadMemory && "needs /proc",
    },
    async (t) => assert.deepEqual(await remainsOf(t, origin), []),
  );
