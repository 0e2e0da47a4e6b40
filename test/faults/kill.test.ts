import * as assert from "node:assert/strict";
import { after, test } from "node:test";
import { openClient } from "./client.ts";
import { choices, Owner } from "./owner.ts";
import { administrator, newFolder, startProcess } from "./process.ts";
import { readRemains } from "./records.ts";

const rounds = Number(process.env["KEYWRIGHT_KILL_ROUNDS"] ?? 100);
const clients = 32;
const folder = newFolder();
after(folder.remove);

const owners = Array.from({ length: clients }, (_, index) => new Owner(`owner-${index}`, index));
const choose = choices(4_711);
const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** How many calls were answered so far. */
const acknowledged = (): number =>
  owners.reduce((sum, owner) => sum + owner.acknowledged.length, 0);

/** One life of the server: it is killed while all clients are at work. */
async function serveUntilKilled(): Promise<void> {
  const server = startProcess(folder);
  const access = administrator(await server.ready);
  const working = owners.map((owner) => owner.work(openClient(access)));
  const enough = acknowledged() + 10 + choose(100);
  for (let waited = 0; acknowledged() < enough && waited < 2_000; waited += 2) await pause(2);
  server.child.kill("SIGKILL");
  assert.equal(await server.ended, "SIGKILL", server.output());
  await Promise.all(working);
}

/** A server that is killed while it recovers from the last kill. */
async function dieStarting(): Promise<void> {
  const server = startProcess(folder);
  await pause(200 + choose(250));
  server.child.kill("SIGKILL");
  assert.equal(await server.ended, "SIGKILL", server.output());
}

test(`after ${rounds} kill -9 under ${clients} clients nothing that was acknowledged is lost`, async () => {
  // The first one ends in order: Node.js keeps the compiled sources, and later starts take half the time.
  const first = startProcess(folder);
  await first.ready;
  first.child.kill("SIGTERM");
  assert.equal(await first.ended, 0, first.output());
  for (let round = 0; round < rounds; round++) {
    if (round % 10 === 9) await dieStarting();
    await serveUntilKilled();
  }
  const last = startProcess(folder);
  const access = administrator(await last.ready);
  for (const owner of owners) {
    const client = openClient(access);
    await owner.verify(client);
    client.close();
  }
  last.child.kill("SIGTERM");
  assert.equal(await last.ended, 0, last.output());
});

test("every acknowledged call has exactly one record, and the journal is intact", async (t) => {
  const { verification, records, keyIds } = await readRemains(folder);
  assert.equal(verification.fault, undefined);
  const recorded = new Map<string, number>();
  for (const { requestID = "" } of records)
    recorded.set(requestID, (recorded.get(requestID) ?? 0) + 1);
  const answered = owners.flatMap((owner) => owner.acknowledged);
  const lost = answered.filter((id) => recorded.get(id) !== 1);
  assert.deepEqual(lost, []);
  assert.ok([...recorded.values()].every((count) => count === 1));
  const created = owners.flatMap((owner) => owner.created);
  const known = new Set(keyIds);
  assert.deepEqual(
    created.filter((id) => !known.has(id)),
    [],
  );
  const verified = owners.reduce((sum, owner) => sum + owner.verified, 0);
  assert.equal(verified, created.length);
  // Without traffic this test would prove nothing.
  assert.ok(answered.length > rounds * 10, `${answered.length} calls`);
  t.diagnostic(`${answered.length} calls acknowledged, ${created.length} keys verified`);
});

test("state and records agree: a key exists if and only if its creation is recorded", async () => {
  const { records, keyIds } = await readRemains(folder);
  const recorded = records
    .filter((each) => each.eventName === "CreateKey" && each.errorCode === undefined)
    .map((each) => each.resources[0]?.ARN.split("/").at(-1));
  assert.deepEqual(recorded.toSorted(), [...keyIds].toSorted());
});
