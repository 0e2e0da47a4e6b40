import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import type { Started } from "../support/command.ts";
import { keywright, start } from "../support/command.ts";

const folder = mkdtempSync(join(tmpdir(), "keywright-witness-"));
const running = new Set<Started>();
after(async () => {
  for (const each of running) await each.stop();
  door.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Where the witness listens now. */
let behind = 0;
/** Leads to the witness, whose address stays the same: a port that it has left might be another's when it comes back. */
const door = createServer((from) => {
  const to = connect(behind, "127.0.0.1");
  from.on("error", () => to.destroy()).on("close", () => to.destroy());
  to.on("error", () => from.destroy()).on("close", () => from.destroy());
  from.pipe(to).pipe(from);
}).listen(0, "127.0.0.1");
await once(door, "listening");
// INVARIANT: it listens on a port.
const { port: doorPort } = door.address() as AddressInfo;

const data = join(folder, "keywright-data");
const state = join(folder, "keywright-witness");
const value = (file: string, name: string): string =>
  new RegExp(`^${name} = (.*)$`, "m").exec(readFileSync(join(data, "aws", file), "utf8"))?.[1] ??
  "";

async function stop(server: Started): Promise<void> {
  running.delete(server);
  assert.equal((await server.stop()).code, 0);
}

/** The flags that lead to a witness. */
type Witness = readonly string[];

async function openWitness(auditKey: string): Promise<[Started, Witness]> {
  const args = ["witness", "--listen", "127.0.0.1:0", "--audit-key", auditKey];
  const witness = start(args, folder);
  running.add(witness);
  const [, url = "", key = ""] = await witness.printed(/--witness (\S+) --witness-key (\S+)/);
  behind = Number(URL.parse(url)?.port);
  return [witness, ["--witness", `http://127.0.0.1:${doorPort}`, "--witness-key", key]];
}

async function serve(witness: Witness = []): Promise<Started> {
  const server = start(["start", "--listen", ":0", ...witness], folder);
  running.add(server);
  await server.printed(/Ctrl-C stops it/);
  return server;
}

/** Makes calls, each of which leaves a record. */
async function call(times: number): Promise<void> {
  const client = new KMSClient({
    endpoint: value("config", "endpoint_url"),
    region: value("config", "region"),
    credentials: {
      accessKeyId: value("credentials", "aws_access_key_id"),
      secretAccessKey: value("credentials", "aws_secret_access_key"),
    },
    maxAttempts: 1,
  });
  for (let made = 0; made < times; made++) await client.send(new CreateKeyCommand({}));
  client.destroy();
}

/** A start that must be refused, and why it was. */
async function refusal(witness: Witness): Promise<string> {
  const { code, error } = await keywright(["start", "--listen", ":0", ...witness], folder);
  assert.equal(code, 1, error);
  return error;
}

/** Copies the data folder, but for the socket of a running server. */
const snapshot = (name: string): void =>
  cpSync(data, join(folder, name), {
    recursive: true,
    filter: (path) => path !== join(data, "control"),
  });
/** Lets all threads of a server stand still meanwhile: what is copied is how its folder was at one moment. */
async function whileItStands(server: Started, work: () => void): Promise<void> {
  const launched = execFileSync("ps", ["-o", "pid=", "--ppid", String(server.pid)]);
  const pid = Number(String(launched));
  const stands = (thread: string): boolean =>
    /^State:\s+T/m.test(readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8"));
  process.kill(pid, "SIGSTOP");
  try {
    while (!readdirSync(`/proc/${pid}/task`).every(stands)) await sleep(1);
    work();
  } finally {
    process.kill(pid, "SIGCONT");
  }
}
function putBack(name: string): void {
  rmSync(data, { recursive: true });
  cpSync(join(folder, name), data, { recursive: true });
}

/** The sizes of the logs that the witness remembers, by the number of the boot. */
const sizes = (): ReadonlyMap<number, number> =>
  new Map(
    readdirSync(state)
      .filter((name) => name.endsWith(".checkpoint"))
      .toSorted()
      .map((name) => {
        const [, size] = readFileSync(join(state, name), "utf8").split("\n");
        return [Number(name.slice(-19, -11)), Number(size)];
      }),
  );

describe("a witness", () => {
  let auditKey = "";
  let flags: Witness = [];
  let witness: Started;

  test("watches a deployment from the key that verify-audit prints", async () => {
    const server = await serve();
    await call(2);
    await stop(server);
    const { out, code } = await keywright(["verify-audit"], folder);
    assert.equal(code, 0);
    auditKey = /audit key +(\S+)/.exec(out)?.[1] ?? "";
    [witness, flags] = await openWitness(auditKey);
    const watched = await serve(flags);
    await call(3);
    await stop(watched);
    assert.equal(sizes().get(1), 1 + 2, "the log before it was shown, too");
    assert.equal(sizes().get(2), 1 + 3, "and its own to the end");
  });

  test("keeps a data folder from being put back to where it was between two starts", async () => {
    snapshot("stopped");
    const server = await serve(flags);
    await call(1);
    await stop(server);
    snapshot("newest");
    putBack("stopped");
    const reason = await refusal(flags);
    assert.match(reason, /the witness \S+ has seen 2 entries of the audit log keywright\/\S+\/3, /);
    assert.match(reason, /was put back to an earlier state/);
  });

  test("refuses such a folder however often it is started, and leaves no boot behind", async () => {
    const boots = (): readonly string[] => readdirSync(join(data, "audit", "log"));
    const refused = await refusal(flags).then(boots);
    for (let again = 0; again < 4; again++)
      assert.match(await refusal(flags), /was put back to an earlier state/);
    assert.deepEqual(boots(), refused);
  });

  test("takes the newest state of the folder again", async () => {
    putBack("newest");
    await stop(await serve(flags));
  });

  test("keeps a data folder from being put back to where it was while it served", async () => {
    const server = await serve(flags);
    await call(1);
    await whileItStands(server, () => snapshot("serving"));
    await call(5);
    await stop(server);
    snapshot("newest2");
    putBack("serving");
    assert.match(await refusal(flags), /was put back to an earlier state/);
    putBack("newest2");
    await stop(await serve(flags));
  });

  test("remembers what it saw when it is started again, under the same key", async () => {
    const before = sizes();
    await stop(witness);
    let again: Witness;
    [witness, again] = await openWitness(auditKey);
    assert.deepEqual(again, flags);
    assert.deepEqual(sizes(), before);
    snapshot("newest3");
    putBack("stopped");
    assert.match(await refusal(flags), /was put back to an earlier state/);
    putBack("newest3");
  });

  test("that cannot be asked keeps a deployment from starting, and says what to do", async () => {
    await stop(witness);
    assert.match(
      await refusal(flags),
      /cannot be asked whether this data folder is the newest one/,
    );
  });

  test("that goes away while a deployment serves is missed, and caught up with", async () => {
    [witness] = await openWitness(auditKey);
    const server = await serve(flags);
    await stop(witness);
    await call(3);
    await server.logged(/does not cosign the audit log/);
    [witness] = await openWitness(auditKey);
    await call(1);
    await server.logged(/follows the audit log again/);
    await stop(server);
    assert.equal([...sizes().values()].at(-1), 1 + 4);
  });

  test("that was away when a deployment ended sees the rest of its log at the next start", async () => {
    const server = await serve(flags);
    const boot = Math.max(...sizes().keys());
    await stop(witness);
    await call(3);
    await stop(server);
    assert.equal(sizes().get(boot), 1);
    [witness] = await openWitness(auditKey);
    await stop(await serve(flags));
    assert.equal(sizes().get(boot), 1 + 3);
  });

  test("of another key is not believed", async () => {
    const other = mkdtempSync(join(folder, "other-"));
    const foreign = start(
      ["witness", "--listen", "127.0.0.1:0", "--audit-key", auditKey, "--witness-state", other],
      folder,
    );
    running.add(foreign);
    const [, url = ""] = await foreign.printed(/--witness (\S+)/);
    assert.match(
      await refusal(["--witness", url, ...flags.slice(2)]),
      /not signed with --witness-key/,
    );
    await stop(foreign);
  });

  test("that does not know the deployment does not cosign its logs", async () => {
    const other = mkdtempSync(join(folder, "other-"));
    const key = auditKey.replace(/^keywright\/.{8}/, "keywright/00000000");
    const args = ["witness", "--listen", "127.0.0.1:0", "--witness-state", other];
    const { code } = await keywright([...args, "--audit-key", key], folder);
    assert.equal(code, 2, "the id of a key is bound to its name");
    const none = await keywright(args, folder);
    assert.match(none.error, /--audit-key is needed/);
  });

  test("has its folder for itself, and keeps it from others", async () => {
    const second = await keywright(["witness", "--listen", ":0", "--audit-key", auditKey], folder);
    assert.equal(second.code, 1);
    assert.match(second.error, /another keywright process uses/);
    for (const name of readdirSync(state))
      assert.equal(statSync(join(state, name)).mode & 0o077, 0, name);
    assert.equal(statSync(state).mode & 0o077, 0);
  });
});
