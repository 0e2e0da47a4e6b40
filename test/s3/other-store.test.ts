import * as assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, RequestListener } from "node:http";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { after, afterEach, before, describe, test } from "node:test";
import * as fc from "fast-check";
import type { Place } from "../../src/services/s3/store/place.ts";
import { PlaceFailure } from "../../src/services/s3/store/place.ts";
import { remotePlace } from "../../src/services/s3/store/remote.ts";
import type { Authority } from "../support/authority.ts";
import { makeAuthority } from "../support/authority.ts";
import type { Front } from "../support/s3-front.ts";
import { openFront } from "../support/s3-front.ts";

const secret = "our+own/secret=of-the-store";
const accessKeyId = "AKIAKEYWRIGHTOURSELF";
const bytes = Buffer.from("what an object holds");

/** A store of objects by the paths of requests, each as it was sent. */
class Memory {
  readonly objects = new Map<string, Buffer>();
  /** What it answers with instead of what was asked for. */
  odd: "other part" | "whole" | undefined;

  readonly listener: RequestListener = (request, response) => {
    void this.#answer(request).then(([status, headers, body]) =>
      response.writeHead(status, headers).end(body),
    );
  };

  async #answer(
    request: IncomingMessage,
  ): Promise<readonly [number, Readonly<Record<string, string>>, Uint8Array?]> {
    const { method = "", url = "" } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (method === "PUT") this.objects.set(url, Buffer.concat(chunks));
    if (method === "DELETE") this.objects.delete(url);
    const found = this.objects.get(url);
    if (method !== "GET") return [method === "PUT" ? 200 : 204, {}];
    if (found === undefined) return [404, {}, Buffer.from("<Code>NoSuchKey</Code>")];
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    if (from === undefined || this.odd === "whole")
      return [200, { "content-length": String(found.length) }, found];
    const first = Number(from) + (this.odd === "other part" ? 1 : 0);
    const range = `bytes ${first}-${to}/${found.length}`;
    return [206, { "content-range": range }, found.subarray(first, Number(to) + 1)];
  }
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // INVARIANT: it listens on a port.
  return (server.address() as AddressInfo).port;
}

const remote = (endpoint: string, ca?: string, now = () => new Date()): Place => {
  const bucket = { endpoint, bucket: "b", region: "eu-west-1", accessKeyId, ca };
  return remotePlace({ ...bucket, secret: Buffer.from(secret) }, now);
};

const write = (place: Place, key: string, content: Uint8Array = bytes) =>
  place.write({
    key,
    bytes: content,
    headers: { ContentType: "text/plain" },
    metadata: { a: "b" },
  });

async function read(place: Place, key: string, from = 0, to = bytes.length, length = to) {
  const file = await place.open(key, { from, to }, length);
  try {
    return { length: file.length, bytes: Buffer.from(await file.read(to - from)) };
  } finally {
    await file.close();
  }
}

/** Proves that a call fails for a reason of the store's, without a word of who we are there. */
async function fails(call: Promise<unknown>, kind: PlaceFailure["kind"], message: RegExp) {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof PlaceFailure, String(error));
    assert.equal(error.kind, kind);
    assert.match(error.message, message);
    for (let each: unknown = error; each instanceof Error; each = each.cause)
      assert.doesNotMatch(`${each.message}${each.stack}`, new RegExp(`AKIA|${secret}`));
    return true;
  });
}

describe("a bucket in another store", () => {
  const memory = new Memory();
  const server = createServer(memory.listener);
  let front: Front;
  let place: Place;
  before(async () => {
    const url = `http://127.0.0.1:${await listening(server)}`;
    front = await openFront({ url }, { [accessKeyId]: secret });
    place = remote(front.url);
  });
  after(async () => {
    place.wipe();
    await front.close();
    server.close();
  });
  afterEach(() => {
    front.trouble = undefined;
    memory.odd = undefined;
  });

  test("has an object of any key under that key, signed as AWS's own signer does it", async () => {
    const part = fc.constantFrom(
      ...["a", "b c", "..", ".", "", "%2F", "é", "😀", "+", "*", "'()!~", "?x=y", "#", "&", "\\"],
    );
    const keys = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    await fc.assert(
      fc.asyncProperty(keys, async (key) => {
        await write(place, key, Buffer.from(`of ${key}`));
        const path = key.split("/").map(encodeURIComponent).join("/");
        const [sent = ""] = [...memory.objects.keys()];
        assert.equal(decodeURIComponent(sent), decodeURIComponent(`/b/${path}`));
        const of = Buffer.from(`of ${key}`);
        assert.deepEqual((await read(place, key, 0, of.length)).bytes, of);
        await place.remove(key);
        assert.equal(memory.objects.size, 0);
      }),
      { numRuns: 100 },
    );
    assert.deepEqual(front.refusals, []);
  });

  test("gives the part that it was asked for, and says how long all of it is", async () => {
    const long = Buffer.alloc(300_000, "0123456789");
    await write(place, "long", long);
    const part = await read(place, "long", 65_536, 200_001, long.length);
    assert.deepEqual(part.bytes, long.subarray(65_536, 200_001));
    assert.equal(part.length, long.length);
    await write(place, "empty", Buffer.of());
    assert.deepEqual(await read(place, "empty", 0, 0), { length: 0, bytes: Buffer.of() });
  });

  test("is not believed where it gives another part", async () => {
    await write(place, "part");
    memory.odd = "other part";
    await fails(read(place, "part", 2, 5, bytes.length), "unavailable", /another part/);
    memory.odd = "whole";
    await fails(read(place, "part", 2, 5, bytes.length), "unavailable", /HTTP 200/);
  });

  test("says which object it lacks, and has removed it already", async () => {
    await fails(read(place, "nosuch"), "no object", /HTTP 404 NoSuchKey$/);
    await place.remove("nosuch");
    front.trouble = { kind: "status", status: 404, code: "NoSuchKey" };
    await place.remove("nosuch");
    front.trouble = { kind: "status", status: 404, code: "NoSuchBucket" };
    await fails(place.remove("nosuch"), "no bucket", /HTTP 404 NoSuchBucket$/);
  });

  test("is asked three times in a bad moment, and once where asking again would not help", async () => {
    const before = front.requests.length;
    front.trouble = { kind: "status", status: 503, code: "SlowDown" };
    await fails(write(place, "a"), "unavailable", /HTTP 503 SlowDown$/);
    assert.equal(front.requests.length, before + 3);
    front.trouble = { kind: "status", status: 400, code: "InvalidRequest" };
    await fails(write(place, "a"), "unavailable", /HTTP 400 InvalidRequest$/);
    assert.equal(front.requests.length, before + 4);
    front.trouble = { kind: "redirects", to: front.url };
    await fails(write(place, "a"), "unavailable", /HTTP 307$/);
    assert.equal(front.requests.length, before + 5);
  });

  test("that is silent is given up after ten seconds, and left alone for thirty", async () => {
    const moment = { offset: 0 };
    const other = remote(front.url, undefined, () => new Date(Date.now() + moment.offset));
    front.trouble = { kind: "silent" };
    await fails(write(other, "a"), "unavailable", /it does not answer$/);
    front.trouble = undefined;
    await fails(write(other, "a"), "unavailable", /it did not answer a moment ago$/);
    moment.offset = 30_000;
    await write(other, "a");
    other.wipe();
  });

  test("is not written to with anything that no header can carry", async () => {
    const metadata = { a: "b\r\nx-amz-acl: public-read" };
    await fails(
      place.write({ key: "a", bytes, headers: {}, metadata }),
      "unavailable",
      /Invalid character/,
    );
  });

  test("knows us no more once our secret is wiped", async () => {
    const other = remote(front.url);
    await write(other, "a");
    other.wipe();
    await fails(write(other, "a"), "refused", /HTTP 403 SignatureDoesNotMatch$/);
  });
});

describe("a store behind TLS", () => {
  const memory = new Memory();
  let authority: Authority;
  let server: Server;
  let port: number;
  before(async () => {
    authority = makeAuthority();
    const { certificate: cert, key } = authority.issue("localhost");
    server = createTlsServer({ cert, key }, memory.listener);
    port = await listening(server);
  });
  after(() => {
    server.close();
    authority.remove();
  });

  const ca = () => authority.certificate;

  test("is written to where its certificate is of the authority that the operator names", async () => {
    const place = remote(`https://localhost:${port}`, ca());
    await write(place, "a");
    assert.deepEqual((await read(place, "a")).bytes, bytes);
    place.wipe();
  });

  test("is not written to where its certificate is of another one, or for another name", async () => {
    memory.objects.clear();
    for (const place of [
      remote(`https://localhost:${port}`),
      remote(`https://127.0.0.1:${port}`, ca()),
    ])
      await fails(write(place, "a"), "unavailable", /certificate|altnames/);
    assert.equal(memory.objects.size, 0);
  });
});
