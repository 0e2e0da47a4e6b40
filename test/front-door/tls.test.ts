import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as tls from "node:tls";
import { OperatorError } from "../../src/base/errors.ts";
import type { TestServer } from "./support.ts";
import { kmsRequest, openTestServer, readResponse, render, sign, withHeader } from "./support.ts";

describe("TLS", () => {
  let folder: string;
  let files: { readonly certificate: string; readonly key: string; readonly reloadEvery: number };
  let server: TestServer;

  function issue(name: string): void {
    execFileSync(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
        ...["-keyout", files.key, "-out", files.certificate, "-days", "2"],
        ...["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"],
      ],
      { stdio: "ignore" },
    );
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "front-door-"));
    files = {
      certificate: join(folder, "cert.pem"),
      key: join(folder, "key.pem"),
      reloadEvery: 20,
    };
    issue("first");
    server = await openTestServer({ tls: files });
  });
  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  async function open(options: tls.ConnectionOptions = {}): Promise<tls.TLSSocket> {
    const { hostname: host, port } = new URL(server.url);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const trust = { ca: readFileSync(files.certificate), rejectUnauthorized: false };
    const socket = tls.connect({ host, port: Number(port), ...trust, ...options }, resolve);
    socket.on("error", reject);
    await promise;
    return socket;
  }

  async function subject(): Promise<unknown> {
    const socket = await open();
    const name = socket.getPeerCertificate().subject["CN"];
    socket.destroy();
    return name;
  }

  test("TLS 1.3 with a key exchange that resists quantum computers is agreed on", async () => {
    const socket = await open();
    const ephemeral = socket.getEphemeralKeyInfo() as { readonly name?: string };
    assert.equal(socket.getProtocol(), "TLSv1.3");
    assert.equal(ephemeral.name, "X25519MLKEM768");
    const answer = readResponse(socket);
    socket.write(render(sign(kmsRequest())));
    assert.equal((await answer).status, 200);
    assert.deepEqual(server.calls.at(-1)?.connection, {
      sourceIp: "127.0.0.1",
      userAgent: "",
      host: "kms.example",
      secure: true,
      tls: { version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384" },
    });
    socket.destroy();
  });

  test("a connection goes on with Node's reader behind a request that is not usual", async () => {
    const socket = await open();
    const usual = sign(kmsRequest());
    const unusual = withHeader(usual, "TE", "trailers");
    for (const request of [usual, unusual, usual]) {
      socket.removeAllListeners("data");
      const answer = readResponse(socket);
      socket.write(render(request));
      assert.equal((await answer).status, 200);
    }
    socket.destroy();
  });

  test("a client that ends its side gets the answer to what it asked", async () => {
    for (const maxVersion of ["TLSv1.3", "TLSv1.2"] as const) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const slow = await openTestServer({
        tls: files,
        invoke: async ({ body }) => {
          await promise;
          return body();
        },
      });
      const socket = await open({ port: slow.port, maxVersion });
      const answer = readResponse(socket);
      socket.end(render(sign(kmsRequest())));
      while (slow.calls.length === 0) await sleep(1);
      // Until the server knows.
      await sleep(20);
      resolve();
      assert.equal((await answer).status, 200, maxVersion);
      await slow.close();
    }
  });

  test("a call is decided as its client's, even when they are gone before it begins", async () => {
    const usual = sign(kmsRequest());
    for (const request of [usual, withHeader(usual, "TE", "trailers")]) {
      const before = server.calls.length;
      const socket = await open();
      socket.on("error", () => undefined);
      socket.write(`${render(request)}garbage\r\n\r\n`);
      while (server.calls.length === before && !socket.closed) await sleep(1);
      const { sourceIp, tls: agreed } = server.calls[before]?.connection ?? {};
      assert.equal(sourceIp, "127.0.0.1");
      assert.equal(agreed?.version, "TLSv1.3");
    }
    assert.deepEqual(server.logged, []);
  });

  test("TLS 1.2 is spoken, TLS 1.1 is not", async () => {
    const socket = await open({ maxVersion: "TLSv1.2" });
    assert.equal(socket.getProtocol(), "TLSv1.2");
    socket.destroy();
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" } as const;
    await assert.rejects(open(old));
  });

  test("handshakes that fail are counted by their reason and told; who only connects is not", async () => {
    const other = await openTestServer({ tls: files });
    const { hostname: host, port } = new URL(other.url);
    const at = { host, port: Number(port) };
    const ended = async (socket: net.Socket, text: string): Promise<void> => {
      await once(socket, "connect");
      socket.on("error", () => undefined).resume();
      socket.end(text);
      await once(socket, "close");
    };
    for (const text of ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", ""])
      await ended(net.connect(at), text);
    const old = tls.connect({
      ...at,
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "ALL:@SECLEVEL=0",
    });
    await once(old, "error");
    await other.close();
    const told = other.logged.filter(({ message }) => message.startsWith("TLS handshakes failed"));
    assert.deepEqual(
      told.map(({ level, fields }) => [level, fields["reason"], fields["handshakes"]]),
      [
        ["warn", "http request", 2],
        ["warn", "unsupported protocol", 1],
      ],
    );
  });

  test("a new certificate is put into service; a pair that does not fit is not", async () => {
    assert.equal(await subject(), "first");
    issue("second");
    for (let turn = 0; turn < 100 && (await subject()) !== "second"; turn++) await sleep(10);
    assert.equal(await subject(), "second");
    const certificate = readFileSync(files.certificate);
    issue("third");
    writeFileSync(files.certificate, certificate);
    for (let turn = 0; turn < 100 && server.logged.at(-1)?.level !== "error"; turn++)
      await sleep(10);
    assert.equal(server.logged.at(-1)?.message, "TLS certificate not replaced");
    assert.equal(await subject(), "second");
  });

  test("a server does not start with a key that does not fit its certificate", async () => {
    const bad = join(folder, "bad.pem");
    writeFileSync(bad, "no key");
    await assert.rejects(openTestServer({ tls: { ...files, key: bad } }), OperatorError);
  });
});
