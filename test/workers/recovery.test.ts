import * as assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { newFolder } from "../faults/process.ts";
import { many, newKey, openMany, outcomes, startThreads } from "./support.ts";

const folder = newFolder();
const control = join(folder.seed, "..", "broken");
const { server, url } = await startThreads(folder, {
  node: ["--import", fileURLToPath(new URL("../faults/broken-disk.ts", import.meta.url))],
  environment: { KEYWRIGHT_TEST_BROKEN_DISK: control },
  // No connection ends by itself within these tests.
  arguments: ["--shutdown-grace", "3600"],
});
after(async () => {
  server.child.kill("SIGKILL");
  await server.ended;
  folder.remove();
});

const Plaintext = "c2VjcmV0";
const { hostname: host, port } = new URL(url);

/** Connections with some text sent, and what came back first. */
function sendOnMany(text: string) {
  return Promise.all(
    Array.from({ length: many }, async () => {
      const socket = connect({ host, port: Number(port) }).on("error", () => undefined);
      socket.write(text);
      const [bytes] = await once(socket, "data");
      return { socket, answer: String(bytes) };
    }),
  );
}

test("after a failed sync all threads answer again, however slow somebody sends", async () => {
  const clients = openMany(url);
  const KeyId = await newKey(clients[0]);
  const wanted = { KeyId, Plaintext };
  assert.deepEqual(await outcomes(clients, "Encrypt", wanted), ["done"]);
  const begun = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n";
  const slow = await sendOnMany(begun);
  writeFileSync(control, "fdatasyncSync EIO");
  const failed = await Promise.all(
    clients.map((client) => client.call("Encrypt", wanted).catch(() => undefined)),
  );
  assert.ok(failed.every((answer) => answer === undefined || answer.status >= 500));
  rmSync(control);
  while (server.output().split("an HTTP worker listens").length - 1 < 4) await sleep(20);
  const again = openMany(url);
  assert.deepEqual(await outcomes(again, "Encrypt", wanted), ["done"]);
  for (const each of [...clients, ...again]) each.close();
  for (const { socket } of slow) socket.destroy();
});

test("no thread is ready while the disk keeps its calls waiting", async () => {
  const clients = openMany(url);
  const KeyId = await newKey(clients[0]);
  writeFileSync(control, "fdatasyncSync 60000");
  const calls = outcomes(clients, "Encrypt", { KeyId, Plaintext });
  assert.deepEqual(await calls, ["KMSInternalException"]);
  const looks = await sendOnMany("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n");
  const words = looks.map(({ answer }) => /^HTTP\/1.1 503.*recovering/s.test(answer));
  assert.deepEqual([...new Set(words)], [true]);
  for (const { socket } of looks) socket.destroy();
  for (const each of clients) each.close();
});
