import * as assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { RecentUses } from "../../api/recent-uses.ts";
import type { LogFields } from "../../server/log.ts";
import { bucketMemory } from "../../services/kms/quotas-buckets.ts";
import type { WorkersHome } from "./http-workers.ts";
import { HttpWorkers } from "./http-workers.ts";

/** Threads that run a script instead of the worker's, and what is heard of them. */
function workersOf(script: string, count: number) {
  const lines: (readonly [string, LogFields])[] = [];
  const roots: Uint8Array[] = [];
  const heard = { resolve: (): void => undefined, enough: Number.POSITIVE_INFINITY };
  const home = {
    count,
    options() {
      const bytes = Uint8Array.from([1, 2, 3]);
      roots.push(bytes);
      return {
        databasePath: "",
        roots: [{ version: 1, bytes }],
        line: new MessageChannel().port1,
        room: new Int32Array(new SharedArrayBuffer(4)),
        quotas: bucketMemory(16),
      };
    },
    log(_level: string, text: string, fields: LogFields = {}) {
      lines.push([text, fields]);
      if (lines.length >= heard.enough) heard.resolve();
    },
    uses: { keys: new RecentUses(10), accessKeys: new RecentUses(10) },
    file: new URL(`data:text/javascript,${encodeURIComponent(script)}`),
  } as unknown as WorkersHome;
  /** Resolves when so many lines have been logged. */
  const until = (enough: number): Promise<void> =>
    new Promise((resolve) => {
      Object.assign(heard, { resolve, enough });
      if (lines.length >= enough) resolve();
    });
  return { workers: new HttpWorkers(home), home, lines, roots, until };
}
const obedient = `
  import { parentPort } from "node:worker_threads";
  parentPort.postMessage({ kind: "listening" });
  parentPort.on("message", ({ kind }) => {
    if (kind !== "close") return;
    parentPort.postMessage({ kind: "log", line: ["info", "closing", {}] });
    parentPort.postMessage({ kind: "closed" });
  });`;

test("each worker ends by itself when they are stopped, and starting after that starts none", async () => {
  const { workers, lines, until } = workersOf(obedient, 2);
  workers.start();
  await until(2);
  await workers.stop();
  const closing = lines.filter(([text]) => text === "closing");
  assert.deepEqual(closing.map(([, { worker }]) => worker).toSorted(), [1, 2]);
  workers.start();
  await workers.stop();
  assert.equal(lines.length, 4);
});

test("a worker that dies is told of and replaced, with a root key of its own", async () => {
  const { workers, lines, roots, until } = workersOf(`throw new Error("broken");`, 1);
  workers.start();
  await until(3);
  await workers.stop();
  for (const [text, { worker, error }] of lines.slice(0, 3)) {
    assert.match(text, /ended: another takes its place/);
    assert.equal(worker, 1);
    assert.match(String(error), /broken/);
  }
  assert.ok(roots.length >= 3);
  assert.ok(
    roots.every(({ byteLength }) => byteLength === 0),
    "the keys were moved, not copied",
  );
});

test("a thread that cannot be started is tried again, and ends nothing else", async () => {
  const { workers, lines, home, until } = workersOf(obedient, 1);
  const { options } = home;
  let tried = 0;
  Object.assign(home, {
    options() {
      if (++tried < 3) throw new Error("no thread is left");
      return options();
    },
  });
  workers.start();
  await until(3);
  await workers.stop();
  const [first, second, third] = lines;
  for (const line of [first, second]) assert.match(String(line?.[1]["error"]), /no thread is left/);
  assert.equal(third?.[0], "an HTTP worker listens");
});
