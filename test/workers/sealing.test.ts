import * as assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { askNobody } from "../../src/composition/root-sources.ts";
import { openRunning } from "../../src/composition/running.ts";
import { sealServer, unsealServer } from "../../src/composition/sealing.ts";
import { people, sharedDeployment } from "../support/shares.ts";
import { newKey, openMany, outcomes, threads } from "./support.ts";

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
