import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { CreateKeyCommand, DecryptCommand, EncryptCommand, KMSClient } from "@aws-sdk/client-kms";
import { IntegrityError, OperatorError } from "../../src/base/errors.ts";
import { withDeployment } from "../../src/composition/deployment.ts";
import { initialize } from "../../src/composition/init.ts";
import { listAudit } from "../../src/composition/inspect.ts";
import type { RotationStep } from "../../src/composition/rotate-root.ts";
import { rotateRoot } from "../../src/composition/rotate-root.ts";
import { openRunning } from "../../src/composition/running.ts";
import { reportAudit } from "../../src/composition/verify-audit.ts";
import type { Config } from "../../src/config.ts";
import { loadConfig } from "../../src/config.ts";
import { Domains } from "../../src/database/domains.ts";
import { openSqlite } from "../../src/database/sqlite.ts";
import { accessKeys, account, testSeed } from "../support/keywright.ts";

const folder = mkdtempSync(join(tmpdir(), "keywright-rotation-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const seedFile = join(folder, "seed.json");
const sharesFile = join(folder, "shares");
writeFileSync(seedFile, JSON.stringify(testSeed));

/** Whoever is asked gives the next share. */
const people = () => {
  const shares = readFileSync(sharesFile, "utf8").split("\n");
  return { ...io, ask: async () => Buffer.from(shares.shift() ?? "") };
};
const io = {
  environment: {},
  workingDirectory: folder,
  clock: () => new Date(),
  out: () => undefined,
  error: () => undefined,
  ask: () => Promise.reject(new OperatorError("nobody is asked")),
};

/** A deployment whose root key a file opens, and two of three people. */
function configOf(name: string, rootKeyFile = "root.key"): Config {
  const data = join(folder, name);
  const flags = new Map([
    ["--data", data],
    ["--root-key-file", join(data, rootKeyFile)],
    ["--root-shares", "2/3"],
    ["--seed", seedFile],
    ["--listen", "127.0.0.1:0"],
  ]);
  return loadConfig({ flags, environment: {}, workingDirectory: folder }, "serve");
}

/** Lends clients of a server on the deployment. */
async function served<T>(
  config: Config,
  work: (client: (region: string) => KMSClient) => Promise<T>,
): Promise<T> {
  const running = await openRunning(config, io.clock, () => undefined);
  const clients: KMSClient[] = [];
  const connect = (region: string): KMSClient => {
    const credentials = accessKeys.admin;
    const client = new KMSClient({ endpoint: running.url, region, credentials, maxAttempts: 1 });
    clients.push(client);
    return client;
  };
  try {
    assert.equal(running.sealed, false);
    return await work(connect);
  } finally {
    for (const client of clients) client.destroy();
    await running.close();
  }
}

const plaintext = Buffer.from("from before the rotation");
let ciphertext: Uint8Array | undefined;
/** Domain keys besides those of the seed: three pages of them. */
const domains = 1_100;

before(async () => {
  const config = configOf("base");
  const { facts } = await initialize(config, io);
  const shares = facts.filter(([label]) => label.startsWith("share ")).map(([, share]) => share);
  writeFileSync(sharesFile, shares.join("\n"));
  ciphertext = await served(config, async (connect) => {
    const client = connect("us-east-1");
    const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
    const input = { KeyId: KeyMetadata?.KeyId, Plaintext: plaintext };
    return (await client.send(new EncryptCommand(input))).CiphertextBlob;
  });
  await withDeployment(config, async ({ root }) => {
    const database = openSqlite(join(config.data, "keywright.db"));
    const all = new Domains(root, database);
    for (let index = 0; index < domains; index++) {
      const { change } = await all.findOrCreate(account, `xx-test-${index + 1}`);
      await database.apply(change.writes);
    }
    await database.close();
  });
});

function copyOfBase(name: string): void {
  cpSync(join(folder, "base"), join(folder, name), { recursive: true });
}

function killAt(name: string, step: RotationStep, times = 1): void {
  const script = fileURLToPath(new URL("./rotate.ts", import.meta.url));
  const args = [script, join(folder, name), sharesFile, step, String(times)];
  const { signal, stderr } = spawnSync(process.execPath, args);
  assert.equal(signal, "SIGKILL", String(stderr));
}

const rows = (name: string, query: string): readonly Readonly<Record<string, unknown>>[] => {
  using database = new DatabaseSync(join(folder, name, "keywright.db"), { readOnly: true });
  return database.prepare(query).all();
};

/** It serves: what was encrypted before opens, and the account gets a key where it had none. */
async function requireServing(name: string, region: string): Promise<void> {
  await served(configOf(name), async (connect) => {
    const opened = await connect("us-east-1").send(
      new DecryptCommand({ CiphertextBlob: ciphertext }),
    );
    assert.deepEqual(Buffer.from(opened.Plaintext ?? []), plaintext);
    await connect(region).send(new CreateKeyCommand({}));
  });
  // Without the file the people open it; the journal is intact for both.
  assert.deepEqual((await reportAudit(configOf(name), {}, io)).problems, []);
  assert.deepEqual((await reportAudit(configOf(name, "absent.key"), {}, people())).problems, []);
}

async function requireRotated(name: string, version: number): Promise<void> {
  assert.deepEqual(
    rows(name, "SELECT version, source FROM root_keys ORDER BY source").map((row) => ({ ...row })),
    ["file", "shares"].map((source) => ({ version, source })),
  );
  const left = rows(name, `SELECT 1 FROM domain_keys WHERE root_version <> ${version}`);
  assert.deepEqual(left, []);
  await requireServing(name, `eu-end-${version}`);
}

/** How often the journal says that the root key was rotated. */
async function recorded(name: string): Promise<number> {
  const filter = {
    eventName: "RotateRootKey",
    key: undefined,
    user: undefined,
    accessKey: undefined,
    since: undefined,
    limit: undefined,
  };
  return (await Array.fromAsync(listAudit(configOf(name), filter, io))).length;
}

describe("a rotation of the root key", () => {
  for (const [step, times] of [
    ["begun", 1],
    ["rewrapped", 1],
    ["rewrapped", 2],
    ["switched", 1],
    ["verified", 1],
    ["retired", 1],
  ] as const)
    test(`killed when it has ${step} (${times}) leaves a deployment that opens, serves and verifies; again, it finishes`, async () => {
      const name = `${step}-${times}`;
      copyOfBase(name);
      killAt(name, step, times);
      await requireServing(name, "us-first-1");
      if (step !== "retired") await rotateRoot(configOf(name), people());
      await requireRotated(name, 2);
      assert.equal(await recorded(name), 1);
    });

  test("killed at every step in turn, with service in between, finishes once", async () => {
    copyOfBase("all");
    for (const step of ["begun", "rewrapped", "switched", "verified"] as const) {
      killAt("all", step);
      await requireServing("all", `us-${step}-2`);
    }
    await rotateRoot(configOf("all"), people());
    await requireRotated("all", 2);
    assert.equal(await recorded("all"), 1);
  });

  test("happens as often as one likes", async () => {
    copyOfBase("often");
    for (let version = 2; version <= 4; version++) await rotateRoot(configOf("often"), people());
    await requireRotated("often", 4);
    assert.equal(await recorded("often"), 3);
  });

  test("leaves nothing that the old root key opens: neither in the rows nor in the bytes of the database", async () => {
    copyOfBase("erased");
    const old = rows(
      "erased",
      "SELECT wrapped FROM root_keys UNION ALL SELECT wrapped FROM domain_keys",
    );
    await rotateRoot(configOf("erased"), people());
    const files = readdirSync(join(folder, "erased")).filter((each) =>
      each.startsWith("keywright.db"),
    );
    const bytes = Buffer.concat(files.map((each) => readFileSync(join(folder, "erased", each))));
    const found = old.filter((row) => bytes.includes(Buffer.from(row["wrapped"] as Uint8Array)));
    assert.equal(found.length, 0);
    assert.ok(old.length > domains);
  });

  test("needs every source: one that cannot be used leaves everything as it was", async () => {
    copyOfBase("lacking");
    await assert.rejects(rotateRoot(configOf("lacking"), io), /nobody is asked/);
    assert.deepEqual(
      rows("lacking", "SELECT DISTINCT version FROM root_keys").map((row) => row["version"]),
      [1],
    );
    await requireServing("lacking", "us-lacking-1");
  });

  test("keeps the old root key when a domain key does not open under the new one", async () => {
    copyOfBase("damaged");
    const damage = (step: RotationStep): void => {
      if (step !== "switched") return;
      using database = new DatabaseSync(join(folder, "damaged", "keywright.db"));
      database.exec("UPDATE domain_keys SET wrapped = zeroblob(113) WHERE region = 'xx-test-1000'");
    };
    await assert.rejects(rotateRoot(configOf("damaged"), people(), damage), IntegrityError);
    assert.deepEqual(
      rows("damaged", "SELECT DISTINCT version FROM root_keys ORDER BY 1").map(
        (row) => row["version"],
      ),
      [1, 2],
    );
  });

  test("is not begun while a server runs", async () => {
    copyOfBase("busy");
    await served(configOf("busy"), async () => {
      await assert.rejects(rotateRoot(configOf("busy"), io), /another keywright process/);
    });
  });
});
