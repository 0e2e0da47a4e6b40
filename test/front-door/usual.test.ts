import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import * as net from "node:net";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Response, TestServer } from "./support.ts";
import {
  connect,
  exchange,
  kmsRequest,
  openTestServer,
  readResponse,
  render,
  send,
  sign,
  withHeader,
} from "./support.ts";

const usual = render(sign(kmsRequest()));
/** What Node's parser has to read. */
const unusual = render(withHeader(sign(kmsRequest()), "TE", "trailers"));

/** Sends text on a connection and reads the answer to it. */
async function ask(socket: Socket, text: string): Promise<Response> {
  socket.removeAllListeners("data");
  const answer = readResponse(socket);
  socket.write(text);
  return answer;
}

/** A server whose Decrypt waits until it is told to go on. */
async function openSlowServer(
  overrides: Parameters<typeof openTestServer>[0] = {},
): Promise<{ readonly server: TestServer; readonly goOn: () => void }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const server = await openTestServer({
    ...overrides,
    invoke: async ({ operation, body }) => {
      if (operation === "Decrypt") await promise;
      return body();
    },
  });
  return { server, goOn: resolve };
}

/** A client that does not end its side with the server's. */
function connectHalfOpen(server: TestServer): Socket {
  const socket = net.connect({ host: "127.0.0.1", port: server.port, allowHalfOpen: true });
  return socket.on("error", () => undefined);
}

const slow = render(sign(kmsRequest("Decrypt", '{"KeyId":"slow"}')));

describe("connections with usual requests, and with others", () => {
  test("an answer is the same to the byte, whoever read its request", async () => {
    const server = await openTestServer();
    const answers = [usual, unusual].map(async (text) => {
      const { head, body } = await exchange(server, text);
      return { head: head.replace(/-RequestId: \S+/, ""), body };
    });
    const [first, second] = await Promise.all(answers);
    assert.deepEqual(first, second);
    assert.match(first?.head ?? "", /\r\nConnection: keep-alive\r\nKeep-Alive: timeout=65$/);
    const refused = [usual, unusual].map(async (text) => {
      const { head, body } = await exchange(server, text.replace("X-Amz-Date", "X-Date"));
      return { head: head.replace(/-RequestId: \S+/, ""), body };
    });
    const [third, fourth] = await Promise.all(refused);
    assert.deepEqual(third, fourth);
    await server.close();
  });

  test("a connection may change between them", async () => {
    const server = await openTestServer();
    const socket = connect(server);
    for (const text of [usual, usual, unusual, usual, unusual])
      assert.equal((await ask(socket, text)).status, 200);
    assert.equal(server.calls.length, 5);
    socket.destroy();
    await server.close();
  });

  test("what comes in pieces is read as a whole, at any place of its connection", async () => {
    const server = await openTestServer();
    const socket = connect(server);
    assert.equal((await ask(socket, usual)).status, 200);
    socket.removeAllListeners("data");
    const answer = readResponse(socket);
    for (let at = 0; at < usual.length; at += 97) {
      socket.write(usual.slice(at, at + 97));
      await sleep(2);
    }
    assert.equal((await answer).status, 200);
    socket.destroy();
    await server.close();
  });

  test("requests that come before an answer are answered behind it", async () => {
    for (const next of [usual, unusual]) {
      const { server, goOn } = await openSlowServer();
      const socket = connect(server);
      let text = "";
      const both = new Promise<void>((resolve) => {
        socket.on("data", (chunk: Buffer) => {
          text += chunk.toString();
          if (text.endsWith('{"KeyId":"k"}')) resolve();
        });
      });
      socket.write(slow);
      while (server.calls.length === 0) await sleep(1);
      socket.write(next);
      await sleep(20);
      assert.equal(server.calls.length, 1);
      goOn();
      await both;
      assert.match(text, /"slow"\}HTTP.*"k"\}$/s);
      socket.destroy();
      await server.close();
    }
  });

  test("a client that ends its side gets the answer to what it asked", async () => {
    const other = render(withHeader(sign(kmsRequest("Decrypt", '{"KeyId":"slow"}')), "TE", "any"));
    for (const request of [slow, other]) {
      const { server, goOn } = await openSlowServer();
      const socket = connect(server);
      const answer = readResponse(socket);
      const ended = once(socket, "close");
      socket.end(request);
      await sleep(20);
      goOn();
      assert.equal((await answer).status, 200);
      await ended;
      await server.close();
    }
  });

  test("a call is decided as its client's, even when they are gone before it begins", async () => {
    const server = await openTestServer();
    for (const text of [usual, unusual, `${usual}garbage\r\n\r\n`, `${unusual}garbage\r\n\r\n`]) {
      const socket = connect(server).on("error", () => undefined);
      await once(socket, "connect");
      // Until the server knows.
      await sleep(20);
      const before = server.calls.length;
      socket.write(text);
      socket.resetAndDestroy();
      while (server.calls.length === before) await sleep(1);
    }
    for (const { connection } of server.calls) assert.equal(connection.sourceIp, "127.0.0.1");
    await server.close();
  });

  test("who is gone before the server knows of them reaches nothing", async () => {
    const server = await openTestServer();
    const script = `const socket = require("node:net").connect(${server.port}, "127.0.0.1", () => {
      socket.write(${JSON.stringify(usual)});
      socket.resetAndDestroy();
    });`;
    // Nobody is accepted meanwhile.
    execFileSync(process.execPath, ["-e", script]);
    assert.equal((await exchange(server, usual)).status, 200);
    assert.equal(server.calls.length, 1);
    await server.close();
  });

  test("who does not read answers is not read from", async () => {
    const large = "x".repeat(16 * 1024 * 1024);
    const server = await openTestServer({ invoke: async () => ({ large }) });
    const socket = connect(server).pause();
    socket.write(usual);
    while (server.calls.length === 0) await sleep(1);
    await sleep(20);
    socket.write(usual);
    await sleep(50);
    assert.equal(server.calls.length, 1);
    socket.on("data", () => undefined).resume();
    while (server.calls.length === 1) await sleep(1);
    socket.destroy();
    await server.close();
  });

  test("a connection without a request is told so, one without a further request is closed", async () => {
    const server = await openTestServer({ limits: { headersTimeout: 100, keepAliveTimeout: 100 } });
    const silent = await readResponse(connect(server));
    assert.deepEqual([silent.status, silent.closed], [408, true]);
    const socket = connect(server);
    assert.equal((await ask(socket, usual)).status, 200);
    socket.removeAllListeners("data");
    const { status, closed } = await readResponse(socket);
    assert.deepEqual([status, closed], [0, true]);
    await server.close();
  });

  test("an answer may take longer than a connection may be idle", async () => {
    const { server, goOn } = await openSlowServer({ limits: { headersTimeout: 50 } });
    const socket = connect(server);
    const answer = ask(socket, slow);
    await sleep(200);
    goOn();
    assert.equal((await answer).status, 200);
    socket.destroy();
    await server.close();
  });

  test("at the end idle connections are closed, and the others behind their answer", async () => {
    const { server, goOn } = await openSlowServer();
    const idle = connect(server);
    assert.equal((await ask(idle, usual)).status, 200);
    idle.removeAllListeners("data");
    const rest = readResponse(idle);
    const busy = connect(server);
    const answer = ask(busy, slow);
    while (server.calls.length === 1) await sleep(1);
    const closed = server.close();
    assert.deepEqual([(await rest).status, (await rest).closed], [0, true]);
    goOn();
    const last = await answer;
    assert.deepEqual([last.status, last.closed], [200, true]);
    assert.match(last.head, /\r\nConnection: close$/);
    await closed;
  });

  test("an answer that is being sent at the end is sent to its end", async () => {
    const large = "x".repeat(16 * 1024 * 1024);
    const server = await openTestServer({ shutdownGrace: 10_000, invoke: async () => ({ large }) });
    const socket = connect(server).pause();
    const answer = readResponse(socket);
    socket.pause().write(usual);
    while (server.calls.length === 0) await sleep(1);
    await sleep(50);
    const closed = server.close();
    await sleep(50);
    socket.resume();
    assert.ok((await answer).body.length > large.length);
    await closed;
  });

  test("behind the last answer nothing is served, and the client's end is not waited for", async () => {
    const { server, goOn } = await openSlowServer({ shutdownGrace: 5_000 });
    const socket = connectHalfOpen(server);
    socket.write(slow);
    while (server.calls.length === 0) await sleep(1);
    const closed = server.close().then(() => "closed");
    await sleep(50);
    goOn();
    await once(socket, "data");
    socket.write(usual);
    assert.equal(await Promise.race([closed, sleep(2_000)]), "closed");
    assert.equal(server.calls.length, 1);
    socket.destroy();
  });

  test("behind the word that nothing came in time nothing is served", async () => {
    const server = await openTestServer({ limits: { headersTimeout: 50 } });
    const socket = connectHalfOpen(server);
    const [refusal] = await once(socket, "data");
    assert.match(String(refusal), /^HTTP\/1\.1 408 /);
    socket.write(usual);
    await sleep(100);
    assert.equal(server.calls.length, 0);
    socket.destroy();
    await server.close();
  });

  test("while the end is announced every answer is the last of its connection", async () => {
    const server = await openTestServer({ shutdownDelay: 200 });
    const sockets = [connect(server), connect(server)];
    for (const socket of sockets) assert.equal((await ask(socket, usual)).status, 200);
    const closed = server.close();
    for (const [at, text] of [usual, unusual].entries()) {
      const [socket = connect(server)] = sockets.slice(at);
      const answer = await ask(socket, text);
      assert.deepEqual([answer.status, answer.closed], [200, true]);
    }
    await closed;
  });

  test("what no answer can be written of drops the connection, and is logged", async () => {
    const server = await openTestServer({
      newRequestId: () => "an id\r\nX-Forged: header",
    });
    const { status, closed } = await send(server, sign(kmsRequest()));
    assert.deepEqual([status, closed], [0, true]);
    assert.deepEqual(
      server.logged.map(({ level, message }) => [level, message]),
      [["error", "connection dropped"]],
    );
    await server.close();
  });
});
