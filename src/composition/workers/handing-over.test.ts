import * as assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpAnswer } from "../../server/answer.ts";
import type { FrontDoor, ReceivedRequest } from "../../server/front-door.ts";
import { readHeaders } from "../../server/headers.ts";
import { HandedOver } from "./handed-over.ts";
import { MainThread } from "./main-thread.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

const connection = { sourceIp: "127.0.0.1", userAgent: "", host: "localhost", secure: false };
const request = (method = "GET", body = Buffer.of()): ReceivedRequest => {
  const headers = readHeaders(["Host", "a"]);
  return { method, target: "/", headers, body, connection, requestId: "id" };
};

/** The two ends, with between them what threads have: copies, later. */
function handing(frontDoor: FrontDoor) {
  const told: FromWorker[] = [];
  const main: MainThread = new MainThread((message) => {
    told.push(message);
    const { kind } = message;
    if (kind === "request" || kind === "next" || kind === "drop")
      setImmediate(() => handed.hear(structuredClone(message)));
  });
  const handed = new HandedOver(
    frontDoor,
    (message: ToWorker) => {
      if (message.kind === "answer" || message.kind === "piece")
        setImmediate(() => main.hear(structuredClone(message)));
    },
    () => undefined,
  );
  return { main, handed, told };
}

async function read({ body }: HttpAnswer): Promise<string> {
  if (typeof body === "string") return body;
  const read: Uint8Array[] = [];
  for await (const piece of body.pieces()) read.push(piece);
  return Buffer.concat(read).toString();
}

/** An answer of three pieces, and whether they were closed. */
function inPieces(last: () => string = () => "three") {
  const state = { closed: false };
  const body = {
    length: 11,
    async *pieces() {
      try {
        yield Buffer.from("one");
        yield Buffer.from("two");
        yield Buffer.from(last());
      } finally {
        state.closed = true;
      }
    },
  };
  return { state, answer: { status: 200, contentType: "text/plain", body } };
}

test("a request arrives as it was received, and its answer comes back", async () => {
  const asked: ReceivedRequest[] = [];
  const { main } = handing(async (one) => {
    asked.push(one);
    return {
      status: 201,
      contentType: "text/plain",
      headers: ["A", "b"],
      body: String(one.body[0]),
    };
  });
  // A view into memory that others use: what is theirs stays here.
  const all = Buffer.from("secret of another, A body");
  const answers = await Promise.all([
    main.ask(request("POST", all.subarray(-6))),
    main.ask(request("POST", Buffer.of(7))),
  ]);
  assert.deepEqual(
    answers.map(({ status, headers, body }) => [status, headers, body]),
    [
      [201, ["A", "b"], "65"],
      [201, ["A", "b"], "7"],
    ],
  );
  assert.deepEqual(asked[0], { ...request("POST"), body: Uint8Array.from(Buffer.from("A body")) });
  assert.equal(asked[0]?.body.buffer.byteLength, 6);
});

test("a long answer comes piece by piece, as fast as it is taken", async () => {
  const { answer, state } = inPieces();
  const { main, told } = handing(async () => answer);
  const got = await main.ask(request());
  assert.equal(told.filter(({ kind }) => kind === "next").length, 0);
  assert.equal(typeof got.body === "string" ? 0 : got.body.length, 11);
  assert.equal(await read(got), "onetwothree");
  assert.equal(told.filter(({ kind }) => kind === "next").length, 4);
  assert.ok(state.closed);
});

test("an answer that breaks off breaks off for the client, too", async () => {
  const { answer } = inPieces(() => {
    throw new Error("not as it was stored");
  });
  const { main } = handing(async () => answer);
  const got = await main.ask(request());
  await assert.rejects(read(got), /could not be read/);
});

test("the rest of an answer that nobody wants is closed", async () => {
  const first = inPieces();
  const { main } = handing(async () => first.answer);
  const { body } = await main.ask(request());
  assert.ok(typeof body !== "string");
  for await (const piece of body.pieces()) {
    assert.equal(Buffer.from(piece).toString(), "one");
    break;
  }
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(first.state.closed);
});

test("a worker that goes leaves no answer open", async () => {
  const { answer, state } = inPieces();
  const { main, handed } = handing(async () => answer);
  const { body } = await main.ask(request());
  assert.ok(typeof body !== "string");
  await body.pieces()[Symbol.asyncIterator]().next();
  handed.end();
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(state.closed);
});

test("the content of an answer to HEAD is not kept for anyone", async () => {
  const { answer } = inPieces();
  const { main } = handing(async () => answer);
  const got = await main.ask(request("HEAD"));
  assert.equal(typeof got.body === "string" ? 0 : got.body.length, 11);
  assert.equal(await read(got), "", "nothing is there to be read");
});
