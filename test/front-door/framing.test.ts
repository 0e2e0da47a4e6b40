import * as assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Request, TestServer } from "./support.ts";
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

const chunkedBody = "e\r\n" + '{"KeyId":"k"} ' + "\r\n0\r\n\r\n";

describe("framing", () => {
  let server: TestServer;
  before(async () => {
    server = await openTestServer({
      limits: {
        bodyBytes: 1000,
        allBodiesBytes: 2500,
        headersTimeout: 200,
        requestTimeout: 400,
        connections: 64,
      },
    });
  });
  after(() => server.close());

  /** A raw request after a head of our own making is refused, closes the connection and reaches nothing. */
  async function refused(text: string, status = 400, encoding: BufferEncoding = "utf8") {
    const reached = server.calls.length;
    const response = await exchange(server, text, encoding);
    assert.equal(response.status, status, text.slice(0, 80));
    assert.ok(response.closed, "the connection is closed");
    assert.match(response.head, /\r\nConnection: close/);
    assert.match(response.head, /\r\nContent-Length: \d/);
    assert.equal(server.calls.length, reached);
    return response;
  }
  const post = (headers: string, body = "", version = "1.1") =>
    `POST / HTTP/${version}\r\nHost: kms.example\r\n${headers}\r\n${body}`;

  test("every answer carries an id, a date, a type, a literal Content-Length and forbids storing", async () => {
    const good = await send(server, sign(kmsRequest()));
    const bad = await send(server, kmsRequest());
    const lost = await exchange(server, "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
    const broken = await exchange(server, "nonsense\r\n\r\n");
    for (const { head } of [good, bad, lost, broken]) {
      assert.match(head, /\r\nx-amzn-RequestId: [0-9a-f-]{36}\r\n/);
      assert.match(head, /\r\nDate: Fri, 02 Jan 2026 03:04:05 GMT\r\n/);
      assert.match(head, /\r\nContent-Type: \S+\r\n/);
      assert.match(head, /\r\nContent-Length: \d+\r\n/);
      assert.match(head, /\r\nCache-Control: no-store\r\n/);
      assert.doesNotMatch(head, /transfer-encoding/i);
    }
  });

  test("an answer without output is empty and says so", async () => {
    const empty = await openTestServer({ invoke: async () => undefined });
    const { status, head, body } = await send(empty, sign(kmsRequest("DisableKey")));
    assert.equal(status, 200);
    assert.equal(body, "");
    assert.match(head, /\r\nContent-Length: 0\r\n/);
    assert.match(head, /\r\nContent-Type: application\/x-amz-json-1.1\r\n/);
    await empty.close();
  });

  test("what two parsers could read differently is refused", async () => {
    const length = "Content-Length: 2\r\n";
    await refused(post(`${length}Transfer-Encoding: chunked\r\n`, chunkedBody));
    await refused(post(`${length}Content-Length: 3\r\n`, "{}"));
    await refused(post(`${length}${length}`, "{}"));
    await refused(post("Content-Length: +2\r\n", "{}"));
    await refused(post("Content-Length: 0x2\r\n", "{}"));
    await refused(
      post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunkedBody),
    );
    await refused(post("Transfer-Encoding: chunked, identity\r\n", chunkedBody));
    await refused(post("Transfer-Encoding: xchunked\r\n", chunkedBody));
    await refused(post("Transfer-Encoding: chunked\r\n", chunkedBody, "1.0"));
    await refused(post("X-Folded: a\r\n b\r\n", ""));
    await refused(post("X-Space : a\r\n", ""));
    await refused(post("X-Nul: a\0b\r\n", ""));
    await refused(post("X-Bare: a\rb\r\n", ""));
    await refused(post("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n"));
    await refused(post("Transfer-Encoding: chunked\r\n", "0\r\nX-Amz-Target: a\r\n\r\n"));
    await refused("POST http://kms.example/ HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    await refused("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    await refused("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
    await refused(post("Expect: 200-ok\r\nContent-Length: 0\r\n"));
    await refused("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}");
    await refused("GET /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    await refused(post("X-Latin: \xe4\r\n", ""), 400, "latin1");
    await refused("GET /\xe4 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "latin1");
  });

  test("more than 100 headers or 16 KiB of them are refused", async () => {
    await refused(post("X: y\r\n".repeat(101)));
    await refused(post(`X: ${"y".repeat(17_000)}\r\n`), 431);
    const many = { ...kmsRequest(), headers: [...kmsRequest().headers, ...numbered(90)] };
    assert.equal((await send(server, sign(many))).status, 200);
  });

  test("a chunked body is read like any other", async () => {
    const request = sign({ ...kmsRequest(), body: '{"KeyId":"k"} ' });
    const head = render({ ...request, body: "" }).replace(
      "Content-Length: 0",
      "Transfer-Encoding: chunked",
    );
    assert.equal((await exchange(server, head + chunkedBody)).status, 200);
  });

  test("a body of the limit is read, one byte more is refused before it is sent", async () => {
    const body = (length: number) => `{"KeyId":"${"k".repeat(length - 12)}"}`;
    assert.equal((await send(server, sign(kmsRequest("Encrypt", body(1000))))).status, 200);
    const declared = await refused(post("Content-Length: 1001\r\n"), 413);
    assert.deepEqual(JSON.parse(declared.body), {
      ["__type"]: "RequestEntityTooLargeException",
      message: "the body is larger than 1000 bytes",
    });
    const socket = connect(server);
    socket.write(post("Content-Length: 1001\r\nExpect: 100-continue\r\n"));
    assert.equal((await readResponse(socket)).status, 413);
  });

  test("a request that is not read is refused in the words of its protocol", async () => {
    const s3 =
      "Authorization: AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request\r\n";
    const object = await refused(post(`Content-Length: 1001\r\n${s3}`));
    assert.match(object.body, /^<\?xml.*\n<Error><Code>EntityTooLarge<\/Code>/);
    const form = "Content-Type: application/x-www-form-urlencoded\r\n";
    const query = await refused(post(`Content-Length: 1001\r\n${form}`), 413);
    assert.match(query.body, /^<ErrorResponse>.*<Code>RequestEntityTooLarge<\/Code>/);
  });

  test("a streamed body over the limit is refused without its length being known", async () => {
    const chunk = `200\r\n${"x".repeat(512)}\r\n`;
    await refused(post("Transfer-Encoding: chunked\r\n", chunk.repeat(4)), 413);
  });

  test("bodies of all connections together have a bound, and it is free again when they are gone", async (t) => {
    const patient = await openTestServer({ limits: { bodyBytes: 1000, allBodiesBytes: 2500 } });
    t.after(() => patient.close());
    // What came or ended before a request that was answered has been read.
    const overtakeNothing = () => send(patient, sign(kmsRequest()));
    const part = "x".repeat(900);
    const waiting = [connect(patient), connect(patient)];
    for (const socket of waiting) socket.write(post("Content-Length: 1000\r\n") + part);
    await overtakeNothing();
    const third = await exchange(patient, post("Content-Length: 900\r\n", part));
    assert.equal(third.status, 503);
    for (const socket of waiting) socket.destroy();
    await overtakeNothing();
    const large = sign(kmsRequest("Encrypt", `{"KeyId":"${part}"}`));
    assert.equal((await send(patient, large)).status, 200);
  });

  test("a client that is still sending when it is refused gets the answer", async () => {
    const socket = connect(server);
    const answer = readResponse(socket);
    socket.write(post("Content-Length: 100000000\r\n"));
    for (let count = 0; count < 50; count++) {
      socket.write("x".repeat(10_000));
      await sleep(1);
    }
    socket.end();
    assert.equal((await answer).status, 413);
  });

  test("a client that waits to send its body is told to", async () => {
    const request = sign(kmsRequest());
    const text = render(withHeader(request, "Expect", "100-continue"));
    const socket = connect(server);
    socket.write(text.slice(0, text.indexOf("\r\n\r\n") + 4));
    const first = await new Promise<string>((resolve) => {
      socket.once("data", (chunk: Buffer) => resolve(chunk.toString()));
    });
    assert.equal(first, "HTTP/1.1 100 Continue\r\n\r\n");
    const answer = readResponse(socket);
    socket.write(request.body);
    assert.equal((await answer).status, 200);
    socket.destroy();
  });

  test("headers and bodies that trickle in are cut off", async () => {
    const slowHeaders = connect(server);
    slowHeaders.write("POST / HTTP/1.1\r\nHost:");
    assert.equal((await readResponse(slowHeaders)).status, 408);
    const slowBody = connect(server);
    slowBody.write(post("Content-Length: 5\r\n", "{"));
    assert.equal((await readResponse(slowBody)).status, 408);
  });

  test("garbage behind a request never becomes the answer to it", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = await openTestServer({
      invoke: async () => {
        await promise;
        return {};
      },
    });
    const socket = connect(slow);
    const answer = readResponse(socket);
    socket.write(`${render(sign(kmsRequest()))}garbage\r\n\r\n`);
    const { status, closed } = await answer;
    assert.deepEqual({ status, closed }, { status: 0, closed: true });
    resolve();
    await slow.close();
  });

  test("what is unreadable behind an answered request is told so, and behind a second one it is not", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const open = await openTestServer({
      invoke: async ({ operation }) => {
        if (operation === "Decrypt") await promise;
        return {};
      },
    });
    for (const [next, status] of [
      ["garbage\r\n\r\n", 400],
      [`${render(sign(kmsRequest("Decrypt")))}garbage\r\n\r\n`, 0],
    ] as const) {
      const socket = connect(open);
      const first = readResponse(socket);
      socket.write(render(sign(kmsRequest())));
      assert.equal((await first).status, 200);
      socket.removeAllListeners("data");
      const second = readResponse(socket);
      socket.write(next);
      const { status: told, closed } = await second;
      assert.deepEqual({ status: told, closed }, { status, closed: true });
    }
    resolve();
    await open.close();
  });

  test("requests sent in a row are answered in their order", async () => {
    const socket = connect(server);
    const bodies = ['{"n":1}', '{"n":2}'];
    let text = "";
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('"n":2')) resolve();
    });
    socket.write(bodies.map((body) => render(sign(kmsRequest("Encrypt", body)))).join(""));
    await promise;
    assert.ok(text.indexOf('"n":1') < text.indexOf('"n":2'));
    socket.destroy();
  });

  test("connections beyond the cap are refused politely", async () => {
    const small = await openTestServer({ limits: { connections: 1 } });
    const first = connect(small);
    await new Promise<void>((resolve) => first.once("connect", () => resolve()));
    const second = await send(small, sign(kmsRequest()));
    assert.equal(second.status, 503);
    assert.ok(second.closed);
    const answer = readResponse(first);
    first.write(render(sign(kmsRequest())));
    assert.equal((await answer).status, 200);
    first.destroy();
    await small.close();
  });
});

function numbered(count: number): Request["headers"] {
  return Array.from({ length: count }, (_, at) => [`X-${String(at).padStart(3, "0")}`, "y"]);
}
