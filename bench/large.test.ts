import * as assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { measureLarge } from "./large-measure.ts";

const sizes = { keys: 250, principals: 5, mostGrants: 150, used: 20, seconds: 0.1 };

test("the benchmark of large installations makes one, and measures all that it says of it", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "keywright-large-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const done: string[] = [];
  const progress = (what: string, count: number): void => void done.push(`${count} ${what}`);
  const figures = await measureLarge(folder, { ...sizes, progress });
  assert.deepEqual(done, ["5 users", "250 keys"]);
  assert.equal(figures.length, 20);
  for (const [what, figure] of figures)
    if (existsSync("/proc") && !what.startsWith("memory")) assert.ok(figure > 0, what);
});
