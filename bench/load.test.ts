import * as assert from "node:assert/strict";
import type { RequestListener, Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Slice } from "./load.ts";
import { runSlice } from "./load.ts";

const requests = Array.from({ length: 40 }, (_, index) =>
  Buffer.from(`POST /${index} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`),
);

async function loadOn(listener: RequestListener): Promise<Slice> {
  const server: Server = createServer(listener);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  try {
    // A TCP server's address is never a path.
    const { port } = server.address() as AddressInfo;
    return await runSlice({
      endpoint: { host: "127.0.0.1", port },
      connections: 3,
      request: (index) => requests[index],
      seconds: 60,
      keep: () => true,
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("a slice sends every request once and ends when they run out", async () => {
  const seen: string[] = [];
  const slice = await loadOn(({ url = "" }, response) => {
    seen.push(url);
    response.end(url);
  });
  assert.equal(seen.length, requests.length);
  assert.deepEqual(new Set(seen), new Set(requests.map((_, index) => `/${index}`)));
  assert.deepEqual([slice.sent, slice.answered, slice.failed], [40, 40, 0]);
  assert.deepEqual(new Set(slice.indexes), new Set(requests.keys()));
  for (const [index, text] of slice.kept) assert.ok(text.endsWith(`\r\n\r\n/${index}`));
});

test("a server that closes after each answer is asked on new connections", async () => {
  const ports = new Set<number | undefined>();
  const slice = await loadOn(({ socket }, response) => {
    ports.add(socket.remotePort);
    response.writeHead(200, { Connection: "close", "Content-Length": 2 }).end("ok");
  });
  assert.deepEqual([slice.answered, slice.failed], [40, 0]);
  assert.equal(ports.size, 40);
});

test("an answer in pieces is one answer", async () => {
  const slice = await loadOn((_request, response) => {
    response.writeHead(200, { "Content-Length": 4 });
    response.write("ab");
    setTimeout(() => response.end("cd"), 2);
  });
  assert.deepEqual([slice.answered, slice.failed], [40, 0]);
  for (const text of slice.kept.values()) assert.ok(text.endsWith("\r\n\r\nabcd"));
});

test("answers other than 200 are counted, and the first is told", async () => {
  const slice = await loadOn(({ url }, response) => {
    response.writeHead(url === "/7" ? 503 : 200, { "Content-Length": 4 }).end("busy");
  });
  assert.equal(slice.failed, 1);
  assert.match(slice.complaint ?? "", /^HTTP\/1.1 503 [\s\S]*busy$/);
});

test("an answer that does not tell its length ends the slice", async () => {
  await assert.rejects(
    loadOn((_request, response) => {
      response.write("a");
      response.end("b");
    }),
    /an answer without length: HTTP\/1.1 200 OK/,
  );
});

test("the longest time without an answer is a pause", async () => {
  const wait = 60;
  const stopped = await loadOn(({ url }, response) => {
    const until = performance.now() + (url === "/20" ? wait : 0);
    while (performance.now() < until);
    response.end("ok");
  });
  assert.ok(stopped.pause * 1000 >= wait - 1, `${stopped.pause} s`);
});

test("a server that hangs up in the middle ends the slice", async () => {
  await assert.rejects(
    loadOn(({ url, socket }, response) => {
      if (url === "/5") socket.destroy();
      else response.end("ok");
    }),
    /closed a connection under load|ECONNRESET/,
  );
});
