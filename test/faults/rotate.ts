import { readFileSync } from "node:fs";
import type { RotationStep } from "../../src/composition/rotate-root.ts";
import { rotateRoot } from "../../src/composition/rotate-root.ts";
import { loadConfig } from "../../src/config.ts";

/** Rotates the root key of a data folder in a process that is killed after the n-th time that a step was made durable. */
const [data = "", sharesFile = "", step = "", times = "1"] = process.argv.slice(2);
const flags = new Map([["--data", data]]);
const shares = readFileSync(sharesFile, "utf8").split("\n");
const config = loadConfig({ flags, environment: {}, workingDirectory: data }, "rotate-root");
let left = Number(times);
const io = {
  ask: async () => Buffer.from(shares.shift() ?? ""),
  clock: () => new Date(),
  out: () => undefined,
};
await rotateRoot(config, io, (done: RotationStep) => {
  if (done === step && --left === 0) process.kill(process.pid, "SIGKILL");
});
