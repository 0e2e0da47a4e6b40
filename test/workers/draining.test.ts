import * as assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { askNobody } from "../../src/composition/root-sources.ts";
import { openRunning } from "../../src/composition/running.ts";
import { unsealServer } from "../../src/composition/sealing.ts";
import { people, sharedDeployment } from "../support/shares.ts";
import { many, threads } from "./support.ts";

const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n";

test("a server that stops accepts no connection on any thread, and answers what it has begun to receive", async () => {
  const { config: usual, shares } = await sharedDeployment();
  // No connection ends by itself within this test.
  const config = { ...usual, shutdownGrace: 3_600 };
  after(() => rmSync(join(config.data, ".."), { recursive: true, force: true }));
  let workers = 0;
  const log = (_level: string, text: string): void => {
    if (text === "an HTTP worker listens") workers++;
  };
  const running = await openRunning(config, () => new Date(), log, askNobody, threads);
  const [one = "", two = ""] = shares;
  await unsealServer(config, undefined, people(one, two));
  while (workers < threads - 1) await sleep(20);
  const { hostname: host, port } = new URL(running.url);
  const open = () => connect({ host, port: Number(port) });
  const slow = await Promise.all(
    Array.from({ length: many }, async () => {
      const socket = open();
      socket.write(head);
      await once(socket, "data");
      return socket;
    }),
  );
  const closed = running.close();
  const refused = async (): Promise<boolean> => {
    const socket = open();
    const outcome = await Promise.race([
      once(socket, "connect").then(() => false),
      new Promise<boolean>((resolve) => socket.once("error", () => resolve(true))),
    ]).catch(() => true);
    socket.destroy();
    return outcome;
  };
  while (!(await refused())) await sleep(20);
  for (const socket of slow) {
    socket.write("x");
    const [answer] = await once(socket, "data");
    assert.match(String(answer), /^HTTP\/1.1 404/);
    socket.destroy();
  }
  await closed;
});
