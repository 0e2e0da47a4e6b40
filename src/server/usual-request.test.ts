import * as assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import type { ReceivedHeaders } from "./headers.ts";
import { readHeaders } from "./headers.ts";
import type { UsualRequest } from "./usual-request.ts";
import { UsualRequests } from "./usual-request.ts";

const type = "Content-Type: application/x-amz-json-1.1";
const lines = ["Host: kms.example", type, "X-Amz-Target: TrentService.Encrypt"];

/** The bytes of a request with a body of two; its length comes last. */
function request(
  more: readonly string[] = [],
  { start = "POST / HTTP/1.1", length = "Content-Length: 2" } = {},
): Buffer {
  const head = [start, ...lines, ...more, ...(length === "" ? [] : [length])].join("\r\n");
  return Buffer.from(`${head}\r\n\r\n{}`, "latin1");
}

const read = (bytes: Buffer): UsualRequest | undefined => new UsualRequests().read(bytes);

test("a usual request is read: names as received, values without the white space around them", () => {
  const found = read(
    request(["x-a:1", "X-B: \t two words \t", "x-empty:", "Connection: Keep-Alive"]),
  );
  assert.deepEqual(found?.headers.raw.slice(6), [
    ...["x-a", "1", "X-B", "two words", "x-empty", "", "Connection", "Keep-Alive"],
    ...["Content-Length", "2"],
  ]);
  assert.equal(found?.body.toString(), "{}");
});

test("what has another form is not read", () => {
  const others: Readonly<Record<string, Buffer>> = {
    method: request([], { start: "GET / HTTP/1.1" }),
    path: request([], { start: "POST /a HTTP/1.1" }),
    query: request([], { start: "POST /?a HTTP/1.1" }),
    version: request([], { start: "POST / HTTP/1.0" }),
    "two spaces": request([], { start: "POST  / HTTP/1.1" }),
    "no host": Buffer.from(`POST / HTTP/1.1\r\n${type}\r\nContent-Length: 0\r\n\r\n`),
    "two hosts": request(["host: other.example"]),
    "no type": Buffer.from("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"),
    "another type": request(["content-type: application/json"]),
    "two types": request([type]),
    "no length": request([], { length: "" }),
    "two lengths": request(["content-length: 2"]),
    "a length with a sign": request([], { length: "Content-Length: +2" }),
    "a length in hex": request([], { length: "Content-Length: 0x2" }),
    "a long length": request([], { length: "Content-Length: 0000002" }),
    "two lengths in one": request([], { length: "Content-Length: 2, 2" }),
    "less than announced": request([], { length: "Content-Length: 3" }),
    "more than announced": request([], { length: "Content-Length: 1" }),
    "a second request": Buffer.concat([request(), request()]),
    "no end": request().subarray(0, 60),
    chunks: request(["Transfer-Encoding: chunked"]),
    expectation: request(["EXPECT: 100-continue"]),
    upgrade: request(["Upgrade: h2c"]),
    trailer: request(["Trailer: a"]),
    "a connection to close": request(["Connection: close"]),
    "a connection to upgrade": request(["Connection: keep-alive, Upgrade"]),
    "another connection": request(["Proxy-Connection: close"]),
    "a folded line": request(["X-A: a", " b"]),
    "space before the colon": request(["X-A : a"]),
    "space before the name": request([" X-A: a"]),
    "no colon": request(["X-A"]),
    "no name": request([": a"]),
    "a bare CR": request(["X-A: a\rb"]),
    "a bare LF": request(["X-A: a\nb: c"]),
    "a bare LF behind the name": request(["X-A\n: a"]),
    NUL: request(["X-A: a\0b"]),
    DEL: request(["X-A: a\x7fb"]),
    "Latin-1": request(["X-A: \xe4"]),
    "Latin-1 in a name": request(["X-\xe4: a"]),
    "no header at all": Buffer.from("POST / HTTP/1.1\r\n\r\n"),
    "many headers": request(Array.from({ length: 64 }, (_, at) => `X-${at}: a`)),
    "a long head": request([`X-A: ${"a".repeat(8 * 1024)}`]),
  };
  for (const [name, bytes] of Object.entries(others)) {
    assert.equal(read(bytes), undefined, name);
    // Nor behind one that was read.
    const requests = new UsualRequests();
    assert.ok(requests.read(request(["X-A: a", "X-B: b"])) !== undefined);
    assert.equal(requests.read(bytes), undefined, name);
  }
});

test("what was read before stands for nothing that has changed", () => {
  const requests = new UsualRequests();
  const given = [
    ["X-A: 1"],
    ["X-A: 12"],
    ["X-A: 1"],
    ["X-Ab: 1"],
    ["X-A: 1", "X-A: 1"],
    [],
    ["x-a: 1"],
    ["x-a: 2"],
    ["X-Amz-A: 1", "X-Amz-A: 1"],
    ["X-Amz-A: 1", "X-Amz-A: 2"],
    ["X-Amz-A: 1", "X-Amz-B: 2"],
    ["X-Amz-A: 1", "X-Amz-B: 3"],
  ];
  for (const more of [...given, ...given.toReversed()]) {
    const headers = requests.read(request(more))?.headers;
    assert.ok(headers !== undefined);
    const { raw, isAscii, repeated } = headers;
    assert.deepEqual(
      raw.slice(6, -2),
      more.flatMap((line) => line.split(": ")),
    );
    const alone = readHeaders([...raw]);
    assert.deepEqual({ isAscii, repeated }, { isAscii: true, repeated: alone.repeated });
    assert.deepEqual(pairs(headers), pairs(alone));
    assert.ok(!headers.has("x-absent") && headers.get("x-absent") === undefined);
  }
});

function pairs(headers: ReceivedHeaders): readonly unknown[] {
  return headers.keys().map((name) => [name, headers.get(name), headers.has(name)]);
}

test("what a connection keeps of its requests does not grow with each line that changes", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void; // What the flag gives.
  collect();
  const before = process.memoryUsage().heapUsed;
  const connections = Array.from({ length: 50 }, () => new UsualRequests());
  for (const requests of connections) {
    const more = Array.from({ length: 60 }, (_, at) => `X-${at}: ${"a".repeat(115)}`);
    for (let at = 0; at < more.length; at++) {
      more[at] = `X-${at}: ${"b".repeat(115)}`;
      assert.ok(requests.read(request(more)) !== undefined);
    }
  }
  collect();
  const kept = (process.memoryUsage().heapUsed - before) / connections.length;
  assert.ok(kept < 128 * 1024, `${kept} bytes of each`);
  assert.ok(connections.every((requests) => requests.read(request()) !== undefined));
});

describe("beside Node's parser", () => {
  const server = createServer((asked, response) => {
    textOf(asked).then(
      (body) => response.end(JSON.stringify([asked.method, asked.url, asked.rawHeaders, body])),
      () => response.destroy(),
    );
  });
  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(() => server.close());

  /** What Node's server reads of bytes, which it is given at once. */
  async function nodeReads(bytes: Buffer): Promise<unknown> {
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, "127.0.0.1");
    socket.write(bytes);
    const [answer] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    const [, body = ""] = answer.toString("utf8").split("\r\n\r\n");
    return body === "" ? answer.toString("utf8") : JSON.parse(body);
  }

  const piece = fc.constantFrom(
    ...["\r\n", "\r", "\n", "\0", " ", "\t", ":", ";", ",", "\x7f", "\xe4", "\x0b", "1", "a", "{}"],
    ...[
      "Content-Length: 2\r\n",
      "Transfer-Encoding: chunked\r\n",
      "Connection: close\r\n",
      "x-a: b\r\n",
      "é",
    ],
  );
  const change = fc.record({
    at: fc.nat(170),
    drop: fc.nat(3),
    piece: fc.oneof(piece, fc.constant("")),
  });
  const changed = fc.array(change, { maxLength: 3 }).map((changes) => {
    let text = request(["X-A: some  value "]).toString("latin1");
    for (const { at, drop, piece: added } of changes)
      text = text.slice(0, at) + added + text.slice(at + drop);
    return Buffer.from(text, "latin1");
  });

  test("whatever is read, Node reads the same", async () => {
    let taken = 0;
    const holds = fc.asyncProperty(changed, async (bytes) => {
      const found = read(bytes);
      if (found === undefined) return;
      taken++;
      const { headers, body } = found;
      assert.deepEqual(await nodeReads(bytes), ["POST", "/", headers.raw, body.toString("utf8")]);
    });
    await fc.assert(holds, { numRuns: 3_000 });
    assert.ok(taken > 50, `${taken} were read`);
  });
});
