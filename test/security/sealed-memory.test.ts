import * as assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { withDeployment } from "../../src/composition/deployment.ts";
import { initialize } from "../../src/composition/init.ts";
import { sealServer } from "../../src/composition/sealing.ts";
import { loadConfig } from "../../src/config.ts";
import { stateBehind } from "../../src/crypto/sha256-state.ts";
import { Domains } from "../../src/database/domains.ts";
import { Domain } from "../../src/keystore/domain.ts";
import { softwareKeyStore } from "../../src/keystore/software.ts";
import { storedMaterial } from "../../src/services/kms/model/material.ts";
import { KeyTables } from "../../src/services/kms/tables/key-tables.ts";
import { KnownKeys } from "../../src/services/kms/tables/known-keys.ts";
import type { Client } from "../faults/client.ts";
import { openClient } from "../faults/client.ts";
import { administrator, newFolder, startProcess } from "../faults/process.ts";
import { accessKeys, account, testSeed } from "../support/keywright.ts";
import { privateKeySecrets } from "../support/private-keys.ts";
import { canReadMemory, secretsIn } from "../support/process-memory.ts";
import { people } from "../support/shares.ts";

const material = Buffer.from("0f1e2d3c4b5a69788796a5b4c3d2e1f0".repeat(2), "hex");
const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
const [first, ...others] = testSeed.accounts;
const key = { id: keyId, region: "us-east-1", material: material.toString("base64") };
const folder = newFolder({ accounts: [{ ...first, keys: [key] }, ...others] });
after(folder.remove);
const flags = new Map([
  ["--data", folder.data],
  ["--seed", folder.seed],
]);
const config = loadConfig({ flags, environment: {}, workingDirectory: folder.data }, "init");

/** Every key that a server at work holds, by what it is. */
async function keysInUse(date: string): Promise<ReadonlyMap<string, Buffer>> {
  const keys = new Map<string, Buffer>([
    ["key material", material],
    ...hmacStates("key material", material),
    ...hmacStates("signing key", signingKey(date)),
    ["secret access key", Buffer.from(accessKeys.admin.secretAccessKey)],
    ["root key file", readFileSync(join(folder.data, "root.key")).subarray(21, 53)],
  ]);
  await withDeployment(config, async ({ id, root, auditPrivateKey }, reader) => {
    const take = async (_name: unknown, bytes: Uint8Array): Promise<Buffer> => {
      keys.set("root key", Buffer.from(bytes));
      return Buffer.alloc(0);
    };
    const taker = { kind: "file", wrap: take, unwrap: take, close: async () => undefined } as const;
    await root.wrapUnder(taker, id);
    keys.set("key of the state digest", root.stateKey());
    keys.set("audit signing key", Buffer.from(auditPrivateKey()).subarray(-32));
    for (const region of ["us-east-1", "aws-global"]) {
      const domain = await new Domains(root, reader).find(account, region);
      keys.set(`row key of ${region}`, Buffer.from(domain?.rowKey ?? []));
    }
  });
  return keys;
}

/** The secrets of a private key that the server made. */
async function privateKeyOf(spec: string, id: string): Promise<ReadonlyMap<string, Buffer>> {
  const secrets = new Map<string, Buffer>();
  class Taker extends Domain {
    override wrap(_identity: unknown, secret: Uint8Array): Buffer {
      for (const [name, bytes] of privateKeySecrets(spec, Buffer.from(secret)))
        secrets.set(name, Buffer.from(bytes));
      return Buffer.alloc(0);
    }
  }
  await withDeployment(config, async ({ root }, reader) => {
    const tables = new KeyTables(reader, new Domains(root, reader), new KnownKeys(2 ** 20));
    const key = await tables.find(account, "us-east-1", id);
    assert.ok(key !== undefined);
    const stored = storedMaterial(key);
    softwareKeyStore().rewrap(stored, new Taker(stored.domain.id, Buffer.alloc(32)));
  });
  return secrets;
}

/** Private keys that the server makes and signs with, by what they sign. */
const signers = [
  ["RSA_2048", "RSASSA_PSS_SHA_256"],
  ["ECC_NIST_P256", "ECDSA_SHA_256"],
  ["ECC_NIST_P521", "ECDSA_SHA_512"],
  ["ECC_NIST_EDWARDS25519", "ED25519_SHA_512"],
  ["ML_DSA_65", "ML_DSA_SHAKE_256"],
] as const;

/** Makes a key in the server and signs with it on every connection, so that each thread has it; gives its secrets. */
async function signWith(
  clients: readonly Client[],
  [spec, algorithm]: (typeof signers)[number],
): Promise<ReadonlyMap<string, Buffer>> {
  const made = await clients[0]?.call("CreateKey", { KeySpec: spec, KeyUsage: "SIGN_VERIFY" });
  const metadata = made?.body["KeyMetadata"];
  assert.ok(typeof metadata === "object" && metadata !== null && "KeyId" in metadata);
  const KeyId = String(metadata.KeyId);
  const input = { KeyId, Message: "eA==", SigningAlgorithm: algorithm };
  for (const client of clients) assert.equal((await client.call("Sign", input)).status, 200);
  return privateKeyOf(spec, KeyId);
}

/** What a server keeps of a key that it authenticates with: where SHA-256 stands behind the key's two blocks. */
function hmacStates(name: string, key: Uint8Array): readonly (readonly [string, Buffer])[] {
  const pads = { inner: 0x36, outer: 0x5c };
  return Object.entries(pads).map(([place, pad]) => {
    const block = Buffer.alloc(64, pad);
    for (const [at, byte] of key.entries()) block[at] = byte ^ pad;
    // Eight words of 32 bits.
    return [`${name}, ${place} state of its HMAC`, stateBehind(block).subarray(0, 32)];
  });
}

/** The key with which the administrator signs on a day. */
function signingKey(date: string): Buffer {
  const parts = [date, "us-east-1", "kms", "aws4_request"];
  const first = Buffer.from(`AWS4${accessKeys.admin.secretAccessKey}`);
  return parts.reduce((key, part) => createHmac("sha256", key).update(part).digest(), first);
}

/** The keys that stand anywhere in the memory that a process can write to. */
function found(pid: number, keys: ReadonlyMap<string, Buffer>): readonly string[] {
  const memory = openSync(`/proc/${pid}/mem`, "r");
  const names = new Set<string>();
  for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").trim().split("\n")) {
    const [, from = "", to = ""] = /^([\da-f]+)-([\da-f]+) rw/.exec(line) ?? [];
    if (from === "") continue;
    const bytes = Buffer.alloc(Number.parseInt(to, 16) - Number.parseInt(from, 16));
    try {
      readSync(memory, bytes, 0, bytes.length, Number.parseInt(from, 16));
    } catch {
      // A mapping may have gone since it was listed.
      continue;
    }
    for (const [name, secret] of keys) if (bytes.includes(secret)) names.add(name);
  }
  closeSync(memory);
  return [...names].toSorted();
}

for (const threads of [1, 3])
  test(`a sealed server with ${threads} threads holds no key in its memory`, {
    skip: !canReadMemory && "needs /proc",
  }, async (t) => {
    if (threads === 1) await initialize(config, people());
    const flags = ["--workers", String(threads), "--log-level", "debug"];
    const server = startProcess(folder, { arguments: flags });
    t.after(() => server.child.kill("SIGKILL"));
    const access = administrator(await server.ready);
    while (server.output().split("an HTTP worker listens").length < threads) await sleep(20);
    const input = { KeyId: keyId, Plaintext: Buffer.from("x").toString("base64") };
    const date = new Date().toISOString().slice(0, 10).replaceAll("-", "");
    for (let connection = 0; connection < 20; connection++) {
      const client = openClient(access);
      for (let call = 0; call < 10; call++)
        assert.equal((await client.call("Encrypt", input)).status, 200);
      await client.call("CreateKey", {});
      client.close();
    }
    const clients = Array.from({ length: 10 }, () => openClient(access));
    const privateKeys = new Map<string, Buffer>();
    for (const signer of signers)
      for (const [name, secret] of await signWith(clients, signer)) privateKeys.set(name, secret);
    for (const client of clients) client.close();
    const keys = await keysInUse(date);
    const pid = server.child.pid ?? 0;
    const before = found(pid, keys);
    // The search finds what is there. The file is wiped as soon as it has been used.
    assert.deepEqual(
      before,
      [...keys.keys()].filter((name) => name !== "root key file").toSorted(),
    );
    const present = secretsIn(pid, privateKeys);
    for (const [spec] of signers)
      assert.ok(
        present.some((name) => name.startsWith(spec)),
        spec,
      );
    await sealServer(config);
    assert.deepEqual(found(pid, keys), []);
    assert.deepEqual(secretsIn(pid, privateKeys), []);
    server.child.kill("SIGTERM");
    assert.equal(await server.ended, 0, server.output());
  });
