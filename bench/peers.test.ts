import * as assert from "node:assert/strict";
import { createCipheriv, createDecipheriv, hash, randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { createDiskFolder } from "./machine.ts";
import { measure } from "./measure.ts";
import { operationNames } from "./operations.ts";
import type { PeerOptions } from "./peers.ts";
import { openPeer } from "./peers.ts";
import { formatMeasurement } from "./report.ts";
import { rowsOf } from "./rows.ts";
import { adminKey, region } from "./seed.ts";
import type { KeywrightServer } from "./servers.ts";
import { startKeywright } from "./servers.ts";

const measurePeer = (peer: PeerOptions) =>
  measure({
    rounds: 1,
    seconds: 0.1,
    connections: [4, 256],
    operations: operationNames,
    parts: [],
    steadySeconds: 1,
    peers: [peer],
  });

const folder = createDiskFolder();
let other: KeywrightServer;
before(async () => {
  other = await startKeywright(folder, undefined);
});
after(async () => {
  await other.stop();
  rmSync(folder, { recursive: true });
});

function peer(secret: string): PeerOptions {
  const url = new URL(`http://127.0.0.1:${other.endpoint.port}`);
  const credentials = { accessKeyId: adminKey.id, secret, region };
  return { speaks: "aws", name: "other", url, credentials };
}

test("a peer that speaks the AWS KMS API is given keys of its own and measured with signed requests", async () => {
  const measurement = await measurePeer(peer(adminKey.secret));
  const rows = rowsOf(measurement.cells).filter(({ server }) => server === "other");
  assert.deepEqual(
    rows.map(({ operation, connections }) => [operation, connections]),
    operationNames.map((name) => [name, 4]),
    "256 connections are not for peers",
  );
  for (const { answered, failed, ratio } of rows)
    assert.ok(answered > 0 && failed === 0 && ratio !== undefined && ratio.median > 0);
  assert.match(formatMeasurement(measurement), /^\| Encrypt \| 4 \| other \|/m);
});

test("a peer that refuses the signature ends the run", async () => {
  await assert.rejects(
    openPeer(peer("another")),
    /were not 200, the first: HTTP\/1.1 400 [\s\S]*InvalidSignatureException/,
  );
});

const token = "a token";

/** Vault's transit engine as its documentation has it, for the three calls that are measured. It refuses all else. */
class Transit {
  readonly #keys = new Map<string, Buffer>();
  /** What is answered instead of the plaintext of Decrypt. */
  readonly #lie: string | undefined;

  constructor(lie?: string) {
    this.#lie = lie;
  }

  readonly listen = async (): Promise<{ readonly url: URL; close(): void }> => {
    const server = createServer((request, response) => void this.#serve(request, response));
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    // A TCP server's address is never a path.
    const { port } = server.address() as AddressInfo;
    const close = (): void => {
      server.close();
      server.closeAllConnections();
    };
    return { url: new URL(`http://127.0.0.1:${port}`), close };
  };

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await request.toArray()).join("");
    const [, version, mount, ...rest] = (request.url ?? "").split("/");
    const name = rest.pop() ?? "";
    const granted = request.headers["x-vault-token"] === token;
    const known = request.method === "POST" && version === "v1" && mount === "transit";
    const data = granted && known ? this.#answer(rest.join("/"), name, body) : undefined;
    if (data === undefined) response.writeHead(granted ? 404 : 403).end('{"errors":[]}');
    else if (data === null) response.writeHead(204).end();
    else {
      const text = JSON.stringify({ request_id: randomBytes(8).toString("hex"), data });
      const length = { "Content-Length": text.length };
      response.writeHead(200, { "Content-Type": "application/json", ...length }).end(text);
    }
  }

  #answer(path: string, name: string, body: string): object | null | undefined {
    if (path === "keys") {
      this.#keys.set(name, randomBytes(32));
      return null;
    }
    const key = this.#keys.get(name);
    if (key === undefined) return undefined;
    const input = JSON.parse(body) as Readonly<Record<string, string | number>>;
    if (path === "encrypt") return { ciphertext: seal(key, String(input["plaintext"])) };
    if (path === "decrypt")
      return { plaintext: this.#lie ?? open(key, String(input["ciphertext"])) };
    if (path !== "datakey/plaintext" || input["bits"] !== 256) return undefined;
    const plaintext = randomBytes(32).toString("base64");
    return { plaintext, ciphertext: seal(key, plaintext) };
  }
}

function seal(key: Buffer, plaintext: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const sealed = Buffer.concat([cipher.update(plaintext, "base64"), cipher.final()]);
  return `vault:v1:${Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString("base64")}`;
}

function open(key: Buffer, text: string): string {
  const [, , encoded = ""] = text.split(":");
  const bytes = Buffer.from(encoded, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(-16));
  const plain = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
  return plain.toString("base64");
}

test("Vault's transit engine is measured with the operations that it has", async () => {
  const { url, close } = await new Transit().listen();
  try {
    const measurement = await measurePeer({ speaks: "vault", name: "Vault", url, token });
    const rows = rowsOf(measurement.cells).filter(({ server }) => server === "Vault");
    assert.deepEqual(
      rows.map(({ operation }) => operation),
      ["GenerateDataKey", "Encrypt", "Decrypt"],
    );
    for (const { answered, failed } of rows) assert.ok(answered > 0 && failed === 0);
  } finally {
    close();
  }
});

test("a peer whose answers are wrong ends the run", async () => {
  const { url, close } = await new Transit(hash("sha256", "lie", "base64")).listen();
  try {
    const { contestant } = await openPeer({ speaks: "vault", name: "Vault", url, token });
    for (const operation of ["GenerateDataKey", "Encrypt", "Decrypt"] as const) {
      const start = await contestant.prepare(operation, { connections: 2, seconds: 0.02 });
      await assert.rejects(start(), /^Error: Decrypt answers /, operation);
    }
  } finally {
    close();
  }
});

test("a Vault that refuses the token ends the run", async () => {
  const { url, close } = await new Transit().listen();
  try {
    await assert.rejects(
      openPeer({ speaks: "vault", name: "Vault", url, token: "another" }),
      /keys\/keywright-bench-0 answered 403/,
    );
  } finally {
    close();
  }
});
