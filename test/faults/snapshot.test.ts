import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, test } from "node:test";
import { openClient } from "./client.ts";
import { Load } from "./load.ts";
import { administrator, newFolder, startProcess } from "./process.ts";
import { readRemains } from "./records.ts";

const folder = newFolder();
after(folder.remove);

test("a copy of one moment of a running server's folder opens, and has all that was acknowledged until then", async (t) => {
  const server = startProcess(folder);
  t.after(() => server.child.kill("SIGKILL"));
  const load = new Load(await server.ready);
  await load.start(16);
  const copies: { readonly data: string; readonly acknowledged: readonly string[] }[] = [];
  for (const name of ["first", "second", "third", "fourth", "fifth"]) {
    await load.until("successes", 20);
    const data = join(folder.data, "..", name);
    // Nobody runs meanwhile: what a snapshot of a file system holds.
    server.child.kill("SIGSTOP");
    const acknowledged = [...load.acknowledged];
    assert.equal(spawnSync("cp", ["-a", folder.data, data]).status, 0);
    server.child.kill("SIGCONT");
    copies.push({ data, acknowledged });
  }
  await load.stop();
  await load.verify();
  server.child.kill("SIGTERM");
  assert.equal(await server.ended, 0, server.output());
  for (const { data, acknowledged } of copies) {
    const copy = { ...folder, data };
    const again = startProcess(copy);
    const client = openClient(administrator(await again.ready));
    assert.equal((await client.call("CreateKey", {})).status, 200);
    client.close();
    again.child.kill("SIGTERM");
    assert.equal(await again.ended, 0, again.output());
    const { verification, records } = await readRemains(copy);
    assert.equal(verification.fault, undefined);
    const recorded = new Set(records.map(({ requestID }) => requestID));
    assert.deepEqual(
      acknowledged.filter((id) => !recorded.has(id)),
      [],
    );
    assert.ok(acknowledged.length >= 16 * 20);
  }
});
