import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand } from "@aws-sdk/client-kms";
import { IntegrityError, OperatorError } from "../../src/base/errors.ts";
import { initialize } from "../../src/composition/init.ts";
import { listAudit, reportStatus } from "../../src/composition/inspect.ts";
import { manageRootSources } from "../../src/composition/root-admin.ts";
import { rotateRoot } from "../../src/composition/rotate-root.ts";
import { openRunning } from "../../src/composition/running.ts";
import type { Config } from "../../src/config.ts";
import { loadConfig } from "../../src/config.ts";
import { kmsRootSource } from "../../src/keystore/root/kms.ts";
import { tokenRootSource } from "../../src/keystore/root/token.ts";
import type { TestServer } from "../support/keywright.ts";
import { accessKeys, startKeywright } from "../support/keywright.ts";
import { people } from "../support/shares.ts";
import type { SoftHsm } from "../support/softhsm.ts";
import { softHsm } from "../support/softhsm.ts";

const folder = mkdtempSync(join(tmpdir(), "keywright-root-sources-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let folders = 0;
const clock = () => new Date();
const name = { deployment: "deployment-1", version: 1 };
const rootKey = Buffer.alloc(32, 1);

/** The configuration of a data folder with these root sources. */
function configOf(flags: Readonly<Record<string, string>>, data = `data-${folders++}`): Config {
  const all = { "--data": join(folder, data), "--listen": "127.0.0.1:0", ...flags };
  const sources = { flags: new Map(Object.entries(all)), environment: {} };
  return loadConfig({ ...sources, workingDirectory: folder }, "serve");
}

/** The same data folder, seen with other options. */
const withFlags = (config: Config, flags: Readonly<Record<string, string>>): Config =>
  configOf(flags, config.data.slice(folder.length + 1));

async function opens(config: Config, ...lines: readonly string[]): Promise<boolean> {
  const running = await openRunning(config, clock, () => undefined, people(...lines).ask);
  await running.close();
  return !running.sealed;
}

const facts = async (config: Config): Promise<Readonly<Record<string, string | undefined>>> =>
  Object.fromEntries((await manageRootSources(config, undefined, people())).facts);

describe("a key of another KMS as root source", () => {
  let server: TestServer;
  let key = "";
  const environment = {
    AWS_ACCESS_KEY_ID: accessKeys.admin.accessKeyId,
    AWS_SECRET_ACCESS_KEY: accessKeys.admin.secretAccessKey,
  };
  before(async () => {
    Object.assign(process.env, environment);
    server = await startKeywright();
    const { KeyMetadata } = await server.client("admin").send(new CreateKeyCommand({}));
    key = KeyMetadata?.Arn ?? "";
  });
  after(async () => {
    for (const each of Object.keys(environment)) delete process.env[each];
    await server.close();
  });
  const source = () => kmsRootSource({ key, region: "us-east-1", endpoint: server.url });
  const flags = () => ({ "--root-kms-key": key, "--root-kms-endpoint": server.url });

  test("opens a deployment at every start, and the other KMS records for which", async () => {
    const config = configOf(flags());
    await initialize(config, people());
    assert.ok(await opens(config));
    assert.ok(await opens(config));
    const status = Object.fromEntries((await reportStatus(config)).facts);
    assert.match(status["root key"] ?? "", /opens with kms/);
    const filter = { key: undefined, user: undefined, accessKey: undefined, since: undefined };
    const found = listAudit(server.config, { ...filter, eventName: "Decrypt", limit: 1 }, people());
    const [record] = await Array.fromAsync(found);
    assert.match(
      JSON.stringify(record?.["requestParameters"]),
      new RegExp(`"keywright:deployment":"${status["deployment"]}"`),
    );
  });

  test("unwraps what it wrapped, for the same deployment and version only", async () => {
    const own = source();
    const wrapped = await own.wrap(name, rootKey);
    assert.deepEqual(await own.unwrap(name, wrapped), rootKey);
    for (const other of [
      { ...name, deployment: "deployment-2" },
      { ...name, version: 2 },
    ])
      await assert.rejects(own.unwrap(other, wrapped), IntegrityError);
    for (const at of [0, 1, 40, wrapped.length - 1]) {
      const changed = Buffer.from(wrapped);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await assert.rejects(own.unwrap(name, changed), IntegrityError, `byte ${at}`);
    }
    await own.close();
  });

  test("that is disabled, or cannot be reached, is the operator's to mend, and opens again afterwards", async () => {
    const config = configOf(flags());
    await initialize(config, people());
    const admin = server.client("admin");
    await admin.send(new DisableKeyCommand({ KeyId: key }));
    await assert.rejects(opens(config), /DisabledException.*check that it can be reached/);
    await admin.send(new EnableKeyCommand({ KeyId: key }));
    const elsewhere = withFlags(config, {
      ...flags(),
      "--root-kms-endpoint": "http://localhost:1",
    });
    await assert.rejects(opens(elsewhere), OperatorError);
    assert.ok(await opens(config));
  });

  test("that is away is no obstacle where a file opens, too", async () => {
    const file = { "--root-key-file": join(folder, "beside-kms.key") };
    const config = configOf({ ...flags(), ...file });
    await initialize(config, people());
    const alone = withFlags(config, {
      ...file,
      ...flags(),
      "--root-kms-endpoint": "http://localhost:1",
    });
    assert.ok(await opens(alone));
    assert.ok(await opens(withFlags(config, { ...flags(), "--root-key-file": "absent.key" })));
  });

  test("goes through a rotation of the root key", async () => {
    const config = configOf(flags());
    await initialize(config, people());
    await rotateRoot(config, people());
    assert.ok(await opens(config));
    assert.match((await facts(config))["root key"] ?? "", /version 2/);
  });
});

describe("a key in a PKCS#11 token as root source", () => {
  let hsm: SoftHsm;
  const pinFile = join(folder, "pin");
  before(() => {
    hsm = softHsm();
    hsm.addToken("first", "1234");
    hsm.addToken("second", "1234");
    writeFileSync(pinFile, "1234\n", { mode: 0o600 });
  });
  after(() => hsm.remove());
  const place = (label = "first") => ({ module: hsm.module, label, key: "keywright-root" });
  const source = (label?: string, pin = "1234") =>
    tokenRootSource(place(label), async () => Buffer.from(pin));
  const flags = (label = "first") => ({
    "--root-token-module": hsm.module,
    "--root-token-label": label,
    "--root-token-pin-from": pinFile,
  });

  test("opens a deployment at every start, and goes through a rotation", async () => {
    const config = configOf(flags());
    await initialize(config, people());
    assert.ok(await opens(config));
    await rotateRoot(config, people());
    assert.ok(await opens(config));
  });

  test("unwraps what it wrapped, for the same deployment and version only", async () => {
    const own = source();
    const wrapped = await own.wrap(name, rootKey);
    assert.deepEqual(await own.unwrap(name, wrapped), rootKey);
    for (const other of [
      { ...name, deployment: "deployment-2" },
      { ...name, version: 2 },
    ])
      await assert.rejects(own.unwrap(other, wrapped), IntegrityError);
    for (const at of [0, 1, 2, 20, wrapped.length - 1]) {
      const changed = Buffer.from(wrapped);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await assert.rejects(own.unwrap(name, changed), Error, `byte ${at}`);
    }
    await own.close();
    const other = source("second");
    await assert.rejects(other.unwrap(name, wrapped), IntegrityError);
    await other.close();
  });

  test("asks for the PIN where none is stored, and wipes it", async () => {
    const pin = Buffer.from("1234");
    const own = tokenRootSource(place(), async () => pin);
    await own.wrap(name, rootKey);
    await own.close();
    assert.deepEqual(pin, Buffer.alloc(4));
    const config = configOf(flags());
    await initialize(config, people());
    const { "--root-token-pin-from": _stored, ...asked } = flags();
    assert.ok(await opens(withFlags(config, asked), "1234"));
  });

  test("with a wrong PIN, or an absent token, is the operator's to mend", async () => {
    await assert.rejects(source("first", "9999").wrap(name, rootKey), OperatorError);
    await assert.rejects(source("absent").wrap(name, rootKey), /token absent cannot be used/);
  });

  test("takes over from a file, whose key then opens nothing", async () => {
    const file = { "--root-key-file": join(folder, "before-hsm.key") };
    const config = configOf({ ...file, ...flags() });
    await initialize(configOf(file, config.data.slice(folder.length + 1)), people());
    await manageRootSources(config, { change: "add", kind: "token" }, people());
    await manageRootSources(config, { change: "remove", kind: "file" }, people());
    assert.deepEqual(Object.keys(await facts(config)), ["root key", "token"]);
    assert.ok(await opens(withFlags(config, flags())));
    await assert.rejects(opens(withFlags(config, file)), /its root key is wrapped by token/);
  });
});

describe("root sources", () => {
  const file = { "--root-key-file": join(folder, "sources.key") };
  const passphraseFile = join(folder, "passphrase");
  const passphrase = { "--root-passphrase-from": passphraseFile };
  const shares = { "--root-shares": "2/3" };
  before(() => writeFileSync(passphraseFile, "five random words for tests\n", { mode: 0o600 }));
  const sharesIn = (found: readonly (readonly [string, string])[]): readonly string[] =>
    found.filter(([label]) => label.startsWith("share ")).map(([, share]) => share);

  test("each opens alone what init made with several", async () => {
    const config = configOf({ ...file, ...passphrase, ...shares });
    const [one = "", , three = ""] = sharesIn((await initialize(config, people())).facts);
    assert.ok(await opens(withFlags(config, file)));
    assert.ok(await opens(withFlags(config, { ...passphrase, "--root-key-file": "absent.key" })));
    const neither = withFlags(config, { "--root-key-file": "absent.key" });
    assert.equal(await opens(neither), false);
    const status = { ...neither, root: { ...neither.root, passphraseFrom: "ask" as const } };
    assert.ok(await opens(status, "five random words for tests"));
    const rotated = await rotateRoot(config, people(one, three));
    assert.match(
      rotated.facts.join(),
      /version 2, wrapped by file, passphrase, shares,retired,version 1,/,
    );
  });

  test("the last one cannot be removed; none is added twice, or removed where it is not", async () => {
    const config = configOf(file);
    await initialize(config, people());
    const change = (change: "add" | "remove" | "renew", kind: "file" | "kms") =>
      manageRootSources(config, { change, kind }, people());
    await assert.rejects(change("remove", "file"), /only source/);
    await assert.rejects(change("add", "file"), /already/);
    await assert.rejects(change("remove", "kms"), /does not wrap/);
    await assert.rejects(change("renew", "kms"), /does not wrap/);
    await assert.rejects(change("add", "kms"), /needs --root-kms-key/);
    assert.ok(await opens(config));
  });

  test("renewed shares open, and those from before do not", async () => {
    const config = configOf({ ...shares, "--root-key-file": "absent.key" });
    const { facts: made } = await initialize(
      configOf(shares, config.data.slice(folder.length + 1)),
      people(),
    );
    const old = sharesIn(made);
    const renewal = await manageRootSources(
      config,
      { change: "renew", kind: "shares" },
      people(...old),
    );
    const fresh = sharesIn(renewal.facts);
    assert.equal(fresh.length, 3);
    await assert.rejects(rotateRoot(config, people(...old)), /from before the shares were renewed/);
    await rotateRoot(config, people(...fresh));
  });

  test("are not changed while a server runs or a rotation is unfinished", async () => {
    const config = configOf({ ...file, ...shares });
    await initialize(configOf(file, config.data.slice(folder.length + 1)), people());
    const add = () => manageRootSources(config, { change: "add", kind: "shares" }, people());
    const running = await openRunning(config, clock, () => undefined);
    await assert.rejects(add(), /another keywright process/);
    await running.close();
    const stop = (step: string): void => {
      if (step === "begun") throw new Error("stopped by the test");
    };
    await assert.rejects(rotateRoot(config, people(), stop), /stopped by the test/);
    await assert.rejects(add(), /rotation was interrupted/);
    assert.match(
      (await manageRootSources(config, undefined, people())).problems.join(),
      /rotate-root/,
    );
    await rotateRoot(config, people());
    assert.equal(sharesIn((await add()).facts).length, 3);
  });

  test("what is added, renewed and removed is in the audit journal", async () => {
    const config = configOf({ ...file, ...shares });
    await initialize(configOf(file, config.data.slice(folder.length + 1)), people());
    for (const change of ["add", "renew", "remove"] as const)
      await manageRootSources(config, { change, kind: "shares" }, people());
    const filter = { key: undefined, user: undefined, accessKey: undefined, since: undefined };
    const all = listAudit(config, { ...filter, eventName: undefined, limit: undefined }, people());
    const events = (await Array.fromAsync(all)).map((record) => [
      record["eventName"],
      JSON.stringify(record["serviceEventDetails"]),
    ]);
    assert.deepEqual(
      events,
      ["AddRootSource", "RenewRootSource", "RemoveRootSource"].map((event) => [
        event,
        '{"source":"shares"}',
      ]),
    );
  });
});
