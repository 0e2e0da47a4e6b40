import * as assert from "node:assert/strict";
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TestContext } from "node:test";
import { after, describe, test } from "node:test";
import {
  CreateKeyCommand,
  EncryptCommand,
  GenerateDataKeyPairCommand,
  KMSClient,
  ListKeysCommand,
} from "@aws-sdk/client-kms";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { control } from "../../src/composition/control.ts";
import { listAudit, reportStatus } from "../../src/composition/inspect.ts";
import type { Running } from "../../src/composition/running.ts";
import { openRunning } from "../../src/composition/running.ts";
import { sealServer, unsealServer } from "../../src/composition/sealing.ts";
import { reportAudit } from "../../src/composition/verify-audit.ts";
import { accessKeys, startKeywright } from "../support/keywright.ts";
import { people, sharedDeployment } from "../support/shares.ts";

const { config, shares } = await sharedDeployment();
after(() => rmSync(join(config.data, ".."), { recursive: true, force: true }));
const [first = "", second = "", third = ""] = shares;
const socket = join(config.data, "control");
const clock = () => new Date();
/** A server on the deployment until the test ends, unless it is closed before. */
async function start(t: TestContext): Promise<Running> {
  const running = await openRunning(config, clock, () => undefined);
  t.after(() => running.close());
  return running;
}
const send = (command: "share" | "passphrase", text: string) =>
  control(socket, command, Buffer.from(text));

async function withClient<T>(
  { url }: Running,
  work: (client: KMSClient) => Promise<T>,
  maxAttempts = 1,
): Promise<T> {
  const credentials = accessKeys.admin;
  const client = new KMSClient({ endpoint: url, region: "us-east-1", credentials, maxAttempts });
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}

/** Takes a table away that every change needs; the result puts it back. */
function breakDatabase(): () => void {
  const alter = (text: string): void => {
    using database = new DatabaseSync(join(config.data, "keywright.db"), { timeout: 5_000 });
    database.exec(text);
  };
  alter("ALTER TABLE outbox RENAME TO hidden");
  return () => alter("ALTER TABLE hidden RENAME TO outbox");
}

const nameOf = (error: Error): string => error.name;
const listKeys = (client: KMSClient) => client.send(new ListKeysCommand({}));
const isSealed = { name: "ServiceUnavailableException", message: /sealed/ };

describe("a deployment that only people open", () => {
  test("starts sealed: alive, not ready, and every request is refused in its own protocol, to be tried again", async (t) => {
    const running = await start(t);
    const ask = async (path: string) => {
      const answer = await fetch(running.url + path);
      return [answer.status, await answer.text()];
    };
    assert.deepEqual(await ask("/livez"), [200, "ok\n"]);
    assert.deepEqual(await ask("/readyz"), [503, "sealed\n"]);
    await assert.rejects(withClient(running, listKeys), isSealed);
    const unsigned = await fetch(running.url, { method: "POST", body: "{}" });
    assert.equal(unsigned.status, 503);
    assert.match(await unsigned.text(), /"ServiceUnavailableException"/);
    const sts = new STSClient({
      endpoint: running.url,
      region: "us-east-1",
      credentials: accessKeys.admin,
      maxAttempts: 1,
    });
    await assert
      .rejects(sts.send(new GetCallerIdentityCommand({})), {
        name: "ServiceUnavailable",
        $fault: "client",
        $response: undefined,
      })
      .catch(async () => {
        await assert.rejects(sts.send(new GetCallerIdentityCommand({})), /sealed/);
      });
    sts.destroy();
  });

  test("a share that is given to an open server is not kept", async (t) => {
    await start(t);
    for (const share of [first, second, third]) await send("share", share);
    const open = await send("share", first);
    assert.equal(open.sealed, false);
    assert.equal(open.shares, undefined);
  });

  test("a client that waits between its attempts is served once it is unsealed", async (t) => {
    const running = await start(t);
    const listed = withClient(running, listKeys, 10);
    await unsealServer(config, undefined, people(first, third));
    assert.deepEqual((await listed).Keys, []);
  });

  test("opens with two of three shares, brought together or one at a time", async (t) => {
    const running = await start(t);
    const one = people(first);
    const waiting = await unsealServer(config, undefined, one);
    assert.deepEqual(one.printed, ["1 of 2 shares"]);
    assert.match(waiting.problems.join(), /1 more share is needed/);
    assert.equal(running.sealed, true);
    assert.deepEqual((await unsealServer(config, undefined, people(third))).problems, []);
    assert.equal(running.sealed, false);
    await withClient(running, listKeys);
  });

  test("refuses a share that is mistyped, foreign or given twice, and keeps the others", async (t) => {
    const other = await sharedDeployment();
    await start(t);
    await send("share", first);
    for (const [text, why] of [
      [first, /given already/],
      [first.replace(/.$/, (letter) => (letter === "x" ? "y" : "x")), /mistyped/],
      [other.shares[1] ?? "", /another deployment/],
      ["", /mistyped/],
      ["nonsense", /mistyped/],
    ] as const)
      await assert.rejects(send("share", text), why);
    const { shares: progress } = await control(socket, "state");
    assert.deepEqual({ ...progress }, { given: 1, needed: 2 });
    assert.equal((await send("share", second)).sealed, false);
    rmSync(join(other.config.data, ".."), { recursive: true, force: true });
  });

  test("forgets all shares when one of them was forged, and does not say which", async (t) => {
    const running = await start(t);
    const { formatShare, parseShare } = await import("../../src/keystore/root/share-text.ts");
    const honest = parseShare(Buffer.from(second));
    assert.ok(honest !== undefined);
    const share = Buffer.from(honest.share);
    share[3] = (share[3] ?? 0) ^ 1;
    await send("share", first);
    await assert.rejects(send("share", formatShare({ ...honest, share })), /cannot be told/);
    assert.equal((await control(socket, "state")).shares, undefined);
    assert.equal(running.sealed, true);
    await unsealServer(config, undefined, people(first, second));
    assert.equal(running.sealed, false);
  });

  test("forgets shares that no others follow", async (t) => {
    await start(t);
    t.mock.timers.enable({ apis: ["setTimeout"] });
    await send("share", first);
    t.mock.timers.tick(15 * 60 * 1_000);
    assert.equal((await control(socket, "state")).shares, undefined);
  });

  test("seals while it runs, keeps its port, and records both", async (t) => {
    const running = await start(t);
    await unsealServer(config, undefined, people(first, second));
    await withClient(running, listKeys);
    const { url } = running;
    await sealServer(config);
    assert.equal(running.sealed, true);
    await assert.rejects(withClient(running, listKeys), isSealed);
    assert.match((await reportStatus(config)).problems.join(), /not ready: sealed/);
    await unsealServer(config, undefined, people(third, second));
    assert.equal(running.url, url);
    await withClient(running, listKeys);
    await running.close();
    const filter = { key: undefined, user: undefined, accessKey: undefined, since: undefined };
    const events = async (eventName: string) => {
      const all = listAudit(config, { ...filter, eventName, limit: 1 }, people(first, second));
      return (await Array.fromAsync(all)).map((each) =>
        JSON.stringify(each["serviceEventDetails"]),
      );
    };
    assert.deepEqual(await events("Seal"), ["{}"]);
    assert.deepEqual(await events("Unseal"), ['{"source":"shares","shares":[2,3]}']);
    assert.deepEqual((await reportAudit(config, {}, people(first, second))).problems, []);
  });

  test("a seal lets the calls under way finish, and refuses those that come after it", async (t) => {
    const running = await start(t);
    await unsealServer(config, undefined, people(first, second));
    await withClient(running, async (client) => {
      const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
      const KeyId = KeyMetadata?.KeyId;
      const call = () =>
        client
          .send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }))
          .then(() => "done", nameOf);
      const early = Array.from({ length: 20 }, call);
      const sealing = sealServer(config);
      const outcomes = new Set(await Promise.all(early));
      await sealing;
      outcomes.delete("done");
      outcomes.delete("ServiceUnavailableException");
      assert.deepEqual([...outcomes], []);
      assert.equal(await call(), "ServiceUnavailableException");
    });
    const everything = { eventName: undefined, key: undefined, user: undefined };
    const filter = { ...everything, accessKey: undefined, since: undefined, limit: 1 };
    const last = await Array.fromAsync(listAudit(config, filter, people(first, second)));
    assert.equal(last[0]?.["eventName"], "Seal", "nothing is done after it");
  });

  test("a seal does not wait for keys that are still to be made", async (t) => {
    const running = await start(t);
    await unsealServer(config, undefined, people(first, second));
    await withClient(running, async (client) => {
      const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
      const pair = { KeyId: KeyMetadata?.KeyId, KeyPairSpec: "RSA_4096" } as const;
      const make = () => client.send(new GenerateDataKeyPairCommand(pair));
      const pairs = Array.from({ length: 12 }, () => make().then(() => "made", nameOf));
      assert.equal(await Promise.race(pairs), "made");
      await sealServer(config);
      const outcomes = await Promise.all(pairs);
      assert.ok(outcomes.filter((outcome) => outcome === "made").length <= 4, outcomes.join());
      assert.deepEqual(new Set(outcomes), new Set(["made", "ServiceUnavailableException"]));
    });
  });

  test("recovers from a broken disk without the people, who are needed only to unseal", async (t) => {
    const running = await start(t);
    await unsealServer(config, undefined, people(first, second));
    const mend = breakDatabase();
    await withClient(running, async (client) => {
      await assert.rejects(client.send(new CreateKeyCommand({})), { name: "KMSInternalException" });
      await assert.rejects(listKeys(client), {
        name: "ServiceUnavailableException",
        message: /recovering/,
      });
    });
    const readiness = await fetch(`${running.url}/readyz`);
    assert.deepEqual([readiness.status, await readiness.text()], [503, "recovering\n"]);
    assert.equal(running.sealed, false);
    mend();
    await withClient(running, (client) => client.send(new CreateKeyCommand({})), 20);
  });

  test("is sealed even while the disk is broken, and unsealed when it is mended", async (t) => {
    const running = await start(t);
    await unsealServer(config, undefined, people(first, second));
    const mend = breakDatabase();
    await assert.rejects(withClient(running, (client) => client.send(new CreateKeyCommand({}))));
    const database = join(config.data, "keywright.db");
    renameSync(database, `${database}.away`);
    await sealServer(config);
    renameSync(`${database}.away`, database);
    assert.equal(running.sealed, true);
    await assert.rejects(withClient(running, listKeys), isSealed);
    mend();
    await unsealServer(config, undefined, people(first, second));
    await withClient(running, listKeys);
  });

  test("the socket is for the owner only, and what is no command is refused", async (t) => {
    const running = await start(t);
    assert.equal(statSync(socket).mode & 0o777, 0o600);
    const say = (text: string) =>
      new Promise<string>((resolve) => {
        let answer = "";
        const connection = connect(socket, () => connection.end(text));
        connection.on("data", (bytes) => (answer += bytes.toString()));
        connection.on("error", () => undefined);
        connection.on("close", () => resolve(answer));
      });
    for (const text of ["", "open\n", "share", "__proto__\n", "state", "\n"])
      assert.match(await say(text), /does not know this command/, JSON.stringify(text));
    await say("share\n".padEnd(100_000, "x"));
    assert.equal((await control(socket, "state")).sealed, true);
    await running.close();
    assert.ok(!readdirSync(config.data).includes("control"));
    await assert.rejects(sealServer(config), /no server answers/);
  });

  test("what a crash left of the socket is no obstacle", async (t) => {
    writeFileSync(socket, "");
    await start(t);
    assert.equal((await control(socket, "state")).sealed, true);
  });

  test("is not started by a server that would print its shares into a log", async () => {
    const { initializeUnattended } = await import("../../src/composition/serving.ts");
    await assert.rejects(initializeUnattended(config, people()), /shares are printed once/);
  });
});

test("a deployment that a file opens is sealed as well, and unsealed without any share", async () => {
  const server = await startKeywright();
  await sealServer(server.config);
  const client = server.client("admin");
  await assert.rejects(listKeys(client), isSealed);
  const { problems } = await unsealServer(server.config, undefined, people());
  assert.deepEqual(problems, []);
  await listKeys(client);
  await server.close();
});

test("a sealed server whose file is gone stays sealed and says why", async () => {
  const server = await startKeywright();
  await sealServer(server.config);
  const kept = readFileSync(server.config.rootKeyFile);
  rmSync(server.config.rootKeyFile);
  await assert.rejects(
    unsealServer(server.config, undefined, people()),
    /Restore it from your backup/,
  );
  writeFileSync(server.config.rootKeyFile, kept, { mode: 0o600 });
  assert.deepEqual((await unsealServer(server.config, undefined, people())).problems, []);
  await server.close();
});
