import * as assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { segmentHeaderLength } from "../../src/audit/chain.ts";
import type { Answer, Client } from "./client.ts";
import { openClient } from "./client.ts";
import { cleanFailures } from "./load.ts";
import type { Folder, Launch } from "./process.ts";
import { administrator, newFolder, startProcess } from "./process.ts";
import { readRemains } from "./records.ts";
import { mountSmallDisk } from "./small-disk.ts";

const failStop = 70;

/** Runs a server and lends a client of it; kills the server if the work did not end it. */
async function withServer<T>(
  folder: Folder,
  work: (client: Client, server: ReturnType<typeof startProcess>) => Promise<T>,
  launch?: Launch,
): Promise<T> {
  const server = startProcess(folder, launch);
  const client = openClient(administrator(await server.ready));
  try {
    return await work(client, server);
  } finally {
    client.close();
    server.child.kill("SIGTERM");
    await server.ended;
  }
}

async function createKey(client: Client, Description = ""): Promise<string> {
  const { status, body } = await client.call("CreateKey", { Description });
  assert.equal(status, 200, JSON.stringify(body));
  return (body["KeyMetadata"] as { readonly KeyId: string }).KeyId;
}

const encrypt = (client: Client, KeyId: string): Promise<Answer> =>
  client.call("Encrypt", { KeyId, Plaintext: "AAAA" });

/** Ids of the requests that have a record. */
async function recordedIds(folder: Folder): Promise<ReadonlySet<string | undefined>> {
  const { verification, records } = await readRemains(folder);
  assert.equal(verification.fault, undefined);
  return new Set(records.map((record) => record.requestID));
}

/** What somebody does to the data folder while the disk fails. */
const damages: readonly (readonly [what: string, damage: (data: string) => void, told: RegExp])[] =
  [
    [
      "a journal that was cut",
      (data) => {
        const [segment = ""] = readdirSync(join(data, "audit")).filter((name) =>
          name.endsWith(".kwj"),
        );
        const path = join(data, "audit", segment);
        writeFileSync(path, readFileSync(path).fill(0, segmentHeaderLength));
      },
      /ends at 0, but was signed up to/,
    ],
    [
      "a database with other rows",
      (data) => {
        using database = new DatabaseSync(join(data, "keywright.db"));
        database.exec("DELETE FROM keys");
      },
      /not the one that the audit journal speaks of/,
    ],
    [
      "a database that is none",
      (data) => {
        for (const name of ["keywright.db-wal", "keywright.db-shm"])
          rmSync(join(data, name), { force: true });
        writeFileSync(join(data, "keywright.db"), "nothing of a database".repeat(10_000));
      },
      /the database is damaged/,
    ],
  ];

for (const [what, damage, told] of damages)
  test(`${what}, found when the journal is read again, ends the process with 70, and keeps the next one from starting`, async (t) => {
    const folder = newFolder();
    t.after(folder.remove);
    const control = join(folder.seed, "..", "broken");
    const launch: Launch = {
      node: ["--import", fileURLToPath(new URL("./broken-disk.ts", import.meta.url))],
      arguments: ["--log-level", "debug"],
      environment: { KEYWRIGHT_TEST_BROKEN_DISK: control },
    };
    const work = async (client: Client, server: ReturnType<typeof startProcess>): Promise<void> => {
      const id = await createKey(client);
      // Nothing can be read again before the damage is done.
      writeFileSync(control, "fdatasyncSync EIO\nfsyncSync EIO");
      // The checkpoint of every second may meet the fault before the call does, which is refused then.
      const { status, body } = await encrypt(client, id);
      assert.equal(status, cleanFailures[String(body["__type"])], JSON.stringify(body));
      // All that was open is closed again, and can repair nothing.
      while (!server.output().includes("not recovered yet")) await sleep(20);
      damage(folder.data);
      rmSync(control);
      assert.equal(await server.ended, failStop, server.output());
      assert.match(server.output(), /can no longer be written/);
      assert.match(server.output(), told);
    };
    await withServer(folder, work, launch);
    const next = startProcess(folder);
    assert.notEqual(await next.ended, 0, next.output());
  });

const smallDisk = mountSmallDisk(24);
after(() => smallDisk?.remove());

test("on a full disk calls fail with 500 and leave no trace, and go on when there is room", {
  skip: smallDisk === undefined && "needs the right to mount a small file system",
}, async () => {
  const mount = smallDisk?.path ?? "";
  const folder = newFolder(undefined, mount);
  const filler = join(mount, "filler");
  const refused: string[] = [];
  const done: string[] = [];
  await withServer(folder, async (client, server) => {
    const keyId = await createKey(client);
    fill(mount, filler);
    const long = "x".repeat(8_000);
    for (let index = 0; refused.length < 20; index++) {
      const answer = await client.call("UpdateKeyDescription", {
        KeyId: keyId,
        Description: long + index,
      });
      if (answer.status === 200) done.push(answer.requestId);
      else refused.push(answer.requestId);
      if (answer.status !== 200) assert.equal(answer.body["__type"], "KMSInternalException");
      assert.ok(index < 5_000, "the disk never was full");
    }
    // What changes nothing needs no more room than the journal has kept.
    const used = await encrypt(client, keyId);
    assert.equal(used.status, 200, server.output());
    rmSync(filler);
    const again = await client.call("UpdateKeyDescription", { KeyId: keyId, Description: "room" });
    assert.equal(again.status, 200, server.output());
    done.push(used.requestId, again.requestId);
  });
  const recorded = await recordedIds(folder);
  assert.deepEqual(
    done.filter((id) => !recorded.has(id)),
    [],
  );
  assert.deepEqual(
    refused.filter((id) => recorded.has(id)),
    [],
  );
});

/** Takes all room of a small file system; of the last of it the server may be faster. */
function fill(mount: string, filler: string): void {
  const { bavail, bsize } = statfsSync(mount);
  try {
    writeFileSync(filler, Buffer.alloc(bavail * bsize));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC");
  }
}

test("a second process on the same data folder is refused, and the first goes on", async (t) => {
  const folder = newFolder();
  t.after(folder.remove);
  await withServer(folder, async (client) => {
    const keyId = await createKey(client);
    const second = startProcess(folder);
    assert.equal(await second.ended, 1, second.output());
    assert.match(second.output(), /another keywright process uses the data folder/);
    assert.equal((await encrypt(client, keyId)).status, 200);
  });
});

test("a restart finds everything as it was", async (t) => {
  const folder = newFolder();
  t.after(folder.remove);
  const state = async (client: Client, keyIds: readonly string[]): Promise<unknown> => {
    const calls = ["DescribeKey", "GetKeyPolicy", "ListGrants", "ListResourceTags", "ListAliases"];
    const answers = keyIds.flatMap((KeyId) => calls.map((call) => [call, { KeyId }] as const));
    const bodies: unknown[] = [];
    for (const [call, input] of answers) bodies.push((await client.call(call, input)).body);
    return bodies;
  };
  const keyIds: string[] = [];
  const before = await withServer(folder, async (client) => {
    for (const name of ["one", "two"]) {
      const KeyId = await createKey(client, name);
      keyIds.push(KeyId);
      await client.call("CreateAlias", { AliasName: `alias/${name}`, TargetKeyId: KeyId });
      await client.call("TagResource", { KeyId, Tags: [{ TagKey: name, TagValue: name }] });
      await client.call("RotateKeyOnDemand", { KeyId });
    }
    await client.call("DisableKey", { KeyId: keyIds[1] });
    return state(client, keyIds);
  });
  for (let start = 0; start < 2; start++)
    assert.deepEqual(await withServer(folder, (client) => state(client, keyIds)), before);
});

test("a server whose audit journal was cut refuses to start, and says what to do", async (t) => {
  const folder = newFolder();
  t.after(folder.remove);
  await withServer(folder, (client) => createKey(client));
  const journal = join(folder.data, "audit");
  for (const name of readdirSync(journal)) if (name.endsWith(".kwj")) rmSync(join(journal, name));
  const server = startProcess(folder);
  assert.equal(await server.ended, 1, server.output());
  assert.match(server.output(), /the audit journal ends at 0, but was signed up to/);
});
