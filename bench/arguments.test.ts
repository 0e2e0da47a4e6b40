import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

function bench(...args: readonly string[]) {
  const file = fileURLToPath(new URL("./bench.ts", import.meta.url));
  const options = { encoding: "utf8", env: { ...process.env, AWS_ACCESS_KEY_ID: "" } } as const;
  return spawnSync(process.execPath, ["--no-warnings", file, ...args], options);
}

test("the usage is told to who asks", () => {
  const { status, stdout, stderr } = bench("--help");
  assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  assert.match(stdout, /^usage: npm run bench/);
});

test("what a command does not understand is said before the usage", () => {
  for (const [args, reason] of [
    [["--rounds", "0"], "`0` is no number above 0"],
    [["--seconds", "soon"], "`soon` is no number above 0"],
    [["--parts", "echo,ecko"], "`echo,ecko` names something else than echo, tls"],
    [["--round", "3"], "Unknown option '--round'"],
    [["--peer", "moto"], "`moto` is not NAME=URL"],
    [["--peer", "moto=http://127.0.0.1:1"], "AWS_ACCESS_KEY_ID is not set"],
  ] as const) {
    const { status, stderr } = bench(...args);
    assert.equal(status, 2);
    assert.equal(stderr.startsWith(reason), true, stderr);
    assert.match(stderr, /\nusage: npm run bench/);
  }
});
