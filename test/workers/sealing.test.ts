import * as assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { askNobody } from "../../src/composition/root-sources.ts";
import { openRunning } from "../../src/composition/running.ts";
import { sealServer, unsealServer } from "../../src/composition/sealing.ts";
import { people, sharedDeployment } from "../support/shares.ts";
import { many, newKey, openMany, outcomes, threads } from "./support.ts";

test("sealing stops every thread that holds a key, and unsealing brings them back", async () => {
  const { config, shares } = await sharedDeployment();
  after(() => rmSync(join(config.data, ".."), { recursive: true, force: true }));
  let workers = 0;
  const log = (_level: string, text: string): void => {
    if (text === "an HTTP worker listens") workers++;
  };
  const running = await openRunning(config, () => new Date(), log, askNobody, threads);
  after(() => running.close());
  const [one = "", two = ""] = shares;
  let KeyId = "";
  for (let round = 1; round <= 2; round++) {
    const sealed = openMany(running.url);
    assert.deepEqual(await outcomes(sealed, "ListKeys", {}), ["ServiceUnavailableException"]);
    for (const each of sealed) each.close();
    await unsealServer(config, undefined, people(one, two));
    while (workers < round * (threads - 1)) await sleep(20);
    const clients = openMany(running.url);
    if (KeyId === "") KeyId = await newKey(clients[0]);
    const wanted = { KeyId, Plaintext: "c2VjcmV0" };
    assert.deepEqual(await outcomes(clients, "Encrypt", wanted), ["done"]);
    const { problems } = await sealServer(config);
    assert.deepEqual(problems, []);
    for (const each of clients) each.close();
  }
});

test("who is slow to send a request keeps no key in memory, and is told that the service is sealed", async () => {
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
  const { hostname, port } = new URL(running.url);
  const slow = await Promise.all(
    Array.from({ length: many }, async () => {
      const socket = connect({ host: hostname, port: Number(port) });
      socket.write(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n",
      );
      // It has begun to receive the request.
      const [going] = await once(socket, "data");
      assert.match(String(going), /^HTTP\/1.1 100/);
      return socket;
    }),
  );
  assert.deepEqual((await sealServer(config)).problems, []);
  for (const socket of slow) {
    socket.write("x");
    const [answer] = await once(socket, "data");
    assert.match(String(answer), /^HTTP\/1.1 503.*sealed/s);
    socket.destroy();
  }
  await running.close();
});
