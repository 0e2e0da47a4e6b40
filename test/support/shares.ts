import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { initialize } from "../../src/composition/init.ts";
import type { Config } from "../../src/config.ts";
import { loadConfig } from "../../src/config.ts";
import { testSeed } from "./keywright.ts";

/** What a command finds around it; whoever is asked gives the next of the lines. */
export function people(...lines: readonly string[]) {
  const left = [...lines];
  const printed: string[] = [];
  return {
    environment: {},
    workingDirectory: "/",
    clock: () => new Date(),
    printed,
    out: (line: string) => void printed.push(line),
    error: () => undefined,
    ask: (prompt: string) => {
      const line = left.shift();
      if (line === undefined) return Promise.reject(new Error(`nobody answers: ${prompt}`));
      return Promise.resolve(Buffer.from(line));
    },
  };
}

/** A new deployment whose root key only people open. */
export async function sharedDeployment(counts = "2/3"): Promise<{
  readonly config: Config;
  readonly shares: readonly string[];
}> {
  const folder = mkdtempSync(join(tmpdir(), "keywright-shares-"));
  const seed = join(folder, "seed.json");
  writeFileSync(seed, JSON.stringify(testSeed));
  const flags = new Map([
    ["--data", join(folder, "data")],
    ["--listen", "127.0.0.1:0"],
    ["--seed", seed],
    ["--root-shares", counts],
  ]);
  const config = loadConfig({ flags, environment: {}, workingDirectory: folder }, "serve");
  const { facts } = await initialize(config, people());
  const shares = facts.filter(([label]) => label.startsWith("share ")).map(([, share]) => share);
  return { config, shares };
}
