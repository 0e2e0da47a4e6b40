import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadConfig } from "../../src/config.ts";
import { keywright } from "../support/command.ts";
import { startOnFolder } from "../support/keywright.ts";
import { callRaw } from "../support/wire.ts";
import type { WrittenData } from "./written-data.ts";
import { questionsFile } from "./written-data.ts";

/** Data folders of earlier versions, by the day that they were written (write-data.ts). */
const archives = fileURLToPath(new URL("data", import.meta.url));
const names = readdirSync(archives);

test("there are data folders of earlier versions", () => assert.ok(names.length >= 2));

for (const name of names)
  test(`what the version of ${name.replace(".tar.gz", "")} has stored is answered as it answered`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "keywright-upgrade-"));
    const unpacked = spawnSync("tar", ["-xzf", join(archives, name), "-C", folder]);
    assert.equal(unpacked.status, 0, unpacked.stderr.toString());
    const data = join(folder, "data");
    const written = JSON.parse(readFileSync(join(folder, questionsFile), "utf8")) as WrittenData;
    const before = await recordsIn(data, folder);
    const flags = new Map([
      ["--data", data],
      ["--listen", "127.0.0.1:0"],
    ]);
    const config = loadConfig({ flags, environment: {}, workingDirectory: folder }, "serve");
    const server = await startOnFolder(config, 1, written.at + 1_000 - Date.now());
    t.after(() => server.close());
    for (const { who, operation, input, status, answer } of written.questions) {
      const asked = `${operation} ${JSON.stringify(input)}`;
      const now = await callRaw(server, who, operation, JSON.stringify(input));
      assert.equal(now.status, status, `${asked}: ${now.text}`);
      // A later version may say more, never anything else.
      assert.partialDeepStrictEqual(JSON.parse(now.text), answer, asked);
    }
    await server.restart(async () => {
      assert.equal(await recordsIn(data, folder), before + written.questions.length);
    });
  });

/** Throws unless all of them verify. */
async function recordsIn(data: string, folder: string): Promise<number> {
  const { code, out, error } = await keywright(["verify-audit", "--data", data], folder);
  assert.equal(code, 0, error);
  return Number(/^records intact +(\d+)$/m.exec(out)?.[1]);
}
