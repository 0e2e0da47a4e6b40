import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const folder = mkdtempSync(join(tmpdir(), "keywright-launch-"));
after(() => rmSync(folder, { recursive: true }));
const launcher = new URL("../../bin/launch.mjs", import.meta.url).href;

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
}

/** Launches a script as bin/keywright.mjs does; the launcher gets `signal` once the script has printed. */
async function launched(
  script: string,
  { signal, env = {} }: Partial<Pick<Ending, "signal"> & { readonly env: NodeJS.ProcessEnv }> = {},
): Promise<Ending> {
  const file = join(folder, "script.ts");
  writeFileSync(file, script);
  const start = `import { launch } from "${launcher}"; launch(${JSON.stringify(file)}, ["a", "--b"]);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", start], {
    env: { ...process.env, UV_THREADPOOL_SIZE: undefined, ...env },
  });
  child.stdin.end();
  let out = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
    if (signal) child.kill(signal);
  });
  const { promise, resolve } = Promise.withResolvers<Ending>();
  child.on("close", (code, signal) => resolve({ code, signal, out }));
  return promise;
}

test("the launched file gets the arguments, and its exit code is the launcher's", async () => {
  const script = "console.log(process.argv.slice(2).join()); process.exitCode = 3 as number;";
  assert.deepEqual(await launched(script), { code: 3, signal: null, out: "a,--b\n" });
});

test("the launched file has no __proto__", async () => {
  assert.equal((await launched("console.log('__proto__' in {})")).out, "false\n");
});

test("the launched file computes on every processor and has threads left, unless the environment says otherwise", async () => {
  const script = "console.log(process.env.UV_THREADPOOL_SIZE)";
  assert.equal((await launched(script)).out, `${availableParallelism() + 4}\n`);
  assert.equal((await launched(script, { env: { UV_THREADPOOL_SIZE: "9" } })).out, "9\n");
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} reaches the launched file`, async () => {
    const script = `setInterval(() => {}, 1000); process.on("${signal}", () => process.exit(7)); console.log(1);`;
    assert.equal((await launched(script, { signal })).code, 7);
  });
}

test("the signal that ends the launched file ends the launcher", async () => {
  const script = 'setInterval(() => {}, 1000); process.kill(process.pid, "SIGKILL");';
  assert.equal((await launched(script)).signal, "SIGKILL");
});
