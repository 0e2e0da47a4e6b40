import * as assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { Answer, Call } from "../../src/api/invoke.ts";
import { AwsError } from "../../src/base/errors.ts";
import type { JsonObject } from "../../src/base/json.ts";
import type { Request, TestServer } from "./support.ts";
import {
  assertRefused,
  kmsRequest,
  openTestServer,
  send,
  sign,
  stsRequest,
  withHeader,
} from "./support.ts";

const target = "KeywrightService.Batch";
const batchOf = (body: string): Request =>
  withHeader(kmsRequest("Batch", body), "X-Amz-Target", target);
const entriesOf = (...entries: readonly unknown[]): Request =>
  batchOf(JSON.stringify({ Entries: entries }));
const entry = (more: object = {}) => ({ Operation: "Encrypt", Input: { KeyId: "k" }, ...more });
const repeated = (count: number): Request =>
  entriesOf(...Array.from({ length: count }, () => entry()));

describe("batches at the front door (docs/batching.md)", () => {
  let server: TestServer;
  let act: (call: Call) => Promise<Answer>;
  before(async () => {
    server = await openTestServer({ invoke: (call) => act(call) });
  });
  beforeEach(() => {
    act = async (call) => call.body();
  });
  after(() => server.close());

  const resultsOf = async (request: Request): Promise<readonly JsonObject[]> => {
    const { status, body } = await send(server, sign(request));
    assert.equal(status, 200, body);
    return (JSON.parse(body) as { readonly Results: readonly JsonObject[] }).Results;
  };

  test("results stand in the order of their entries, whichever ended first, each under its entry's Id", async () => {
    const gates = [1, 2, 3].map(() => Promise.withResolvers<void>());
    const ended: number[] = [];
    act = async (call) => {
      const { place } = call.body() as { readonly place: number };
      await gates[place]?.promise;
      ended.push(place);
      for (const gate of gates.slice(0, place)) gate.resolve();
      return { place };
    };
    const answered = resultsOf(
      entriesOf(
        entry({ Id: "same", Input: { place: 0 } }),
        entry({ Input: { place: 1 } }),
        entry({ Id: "same", Input: { place: 2 } }),
      ),
    );
    gates[2]?.resolve();
    const results = await answered;
    assert.deepEqual(ended.at(0), 2);
    assert.deepEqual(
      results.map(({ Id, Output }) => [Id, Output]),
      [
        ["same", { place: 0 }],
        [undefined, { place: 1 }],
        ["same", { place: 2 }],
      ],
    );
  });

  test("all calls begin in one turn, and nothing is answered before the last has ended", async () => {
    const last = Promise.withResolvers<void>();
    let begun = 0;
    let beganTogether = 0;
    let answered = false;
    const started = Promise.withResolvers<void>();
    act = async () => {
      if (begun++ === 0)
        setImmediate(() => {
          beganTogether = begun;
          started.resolve();
        });
      if (begun === 100) await last.promise;
      return {};
    };
    const results = resultsOf(repeated(100)).finally(() => {
      answered = true;
    });
    await started.promise;
    assert.equal(beganTogether, 100);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(!answered);
    last.resolve();
    assert.equal((await results).length, 100);
  });

  test("a batch whose calls take long lets others have their turns between", async () => {
    let elapsed = 0;
    let begun = 0;
    const turns: number[] = [];
    const watch = (): void => {
      turns.push(begun);
      if (begun < 8) setImmediate(watch);
    };
    const slow = await openTestServer({
      clock: () => new Date(Date.parse("2026-01-02T03:04:05Z") + elapsed),
      invoke: async () => {
        if (begun++ === 0) setImmediate(watch);
        elapsed += 4;
        return {};
      },
    });
    const { body } = await send(slow, sign(repeated(8)));
    await slow.close();
    assert.equal((JSON.parse(body) as { readonly Results: unknown[] }).Results.length, 8);
    assert.deepEqual([...new Set(turns)], [3, 6, 8]);
  });

  test("each call has a request id of its own and names that of the batch", async () => {
    const reached = server.calls.length;
    const { head, body } = await send(server, sign(repeated(3)));
    const [, batchId] = /\r\nx-amzn-RequestId: (\S+)\r\n/.exec(head) ?? [];
    const { Results } = JSON.parse(body) as { readonly Results: readonly JsonObject[] };
    const calls = server.calls.slice(reached);
    assert.deepEqual(
      calls.map(({ requestId }) => requestId),
      Results.map(({ RequestId }) => RequestId),
    );
    assert.equal(new Set([batchId, ...calls.map(({ requestId }) => requestId)]).size, 4);
    for (const call of calls) assert.equal(call.batchId, batchId);
  });

  test("errors are those of single calls, faults of ours are opaque and logged, and the other entries succeed", async () => {
    const bug = new Error("inner secret detail");
    const sealed = { authorizationMessage: "sealed" };
    const faults: Readonly<Record<string, Error>> = {
      denied: new AwsError("AccessDeniedException", "no", sealed),
      missing: new AwsError("NotFoundException", "gone"),
      silent: new AwsError("InvalidCiphertextException"),
      bug,
    };
    act = async (call) => {
      const { KeyId } = call.body() as { readonly KeyId: string };
      const fault = faults[KeyId];
      if (fault !== undefined) throw fault;
      return {};
    };
    const ids = ["denied", "fine", "missing", "silent", "bug", "fine"];
    const results = await resultsOf(entriesOf(...ids.map((KeyId) => entry({ Input: { KeyId } }))));
    assert.deepEqual(
      results.map(({ Error: error, Output }) => error ?? Output),
      [
        { ["__type"]: "AccessDeniedException", Message: "no", AuthorizationMessage: "sealed" },
        {},
        { ["__type"]: "NotFoundException", message: "gone" },
        { ["__type"]: "InvalidCiphertextException" },
        {
          ["__type"]: "KMSInternalException",
          message:
            "The request was rejected because an internal exception occurred. The request can be retried.",
        },
        {},
      ],
    );
    assert.equal(server.logged.at(-1)?.fields["error"], bug);
    assert.equal(server.logged.at(-1)?.fields["requestId"], results[4]?.["RequestId"]);
  });

  test("entries of other operations are refused one by one and reach nothing", async () => {
    const reached = server.calls.length;
    const names = ["DescribeKey", "Nothing", "__proto__", "encrypt", "KeywrightService.Batch"];
    const results = await resultsOf(
      entriesOf(entry(), ...names.map((Operation) => entry({ Operation }))),
    );
    for (const { Error: error } of results.slice(1))
      assert.deepEqual(error, {
        ["__type"]: "UnsupportedOperationException",
        message: "A batch takes Encrypt and Decrypt only.",
      });
    assert.equal(server.calls.length, reached + 1);
  });

  test("a batch has 1 to 100 entries; one that is not a batch is refused whole", async () => {
    const list = "Entries must be a list.";
    const cases: readonly (readonly [Request, string, string?])[] = [
      [entriesOf(), "ValidationException", "A batch has 1 to 100 entries, not 0."],
      [repeated(101), "ValidationException", "A batch has 1 to 100 entries, not 101."],
      [batchOf("{}"), "SerializationException", list],
      [batchOf("[]"), "SerializationException", list],
      [batchOf('{"Entries":{"length":1}}'), "SerializationException", list],
      [batchOf('{"entries":[{}]}'), "SerializationException", list],
      [batchOf('{"Entries":[}'), "SerializationException"],
      [batchOf('{"Entries":[],"Entries":[]}'), "SerializationException"],
      [batchOf(""), "SerializationException"],
      ...[null, 1, "Encrypt", [], {}, { Input: {} }, entry({ Operation: ["Encrypt"] })].map(
        (bad) =>
          [
            entriesOf(entry(), bad),
            "SerializationException",
            "Entry 1: Operation must be text.",
          ] as const,
      ),
      ...[undefined, null, [], "{}"].map(
        (Input) =>
          [
            entriesOf(entry({ Input })),
            "SerializationException",
            "Entry 0: Input must be an object.",
          ] as const,
      ),
      ...[1, {}, "x".repeat(129)].map(
        (Id) =>
          [
            entriesOf(entry({ Id })),
            "SerializationException",
            "Entry 0: Id must be text of at most 128 characters.",
          ] as const,
      ),
    ];
    const reached = server.calls.length;
    for (const [request, type, message] of cases) {
      const { status, body } = await send(server, sign(request));
      assert.equal(status, 400, request.body.slice(0, 60));
      const expected = { ["__type"]: type, ...(message !== undefined && { message }) };
      assert.deepEqual(JSON.parse(body), expected);
    }
    assert.equal(server.calls.length, reached, "nothing reached an operation");
    assert.equal((await resultsOf(repeated(100))).length, 100);
  });

  test("a batch is read within the bounds of its entries: deep and endless ones are no JSON", async () => {
    const deep = batchOf(`{"Entries":[${"[".repeat(40)}${"]".repeat(40)}]}`);
    const long = entriesOf(entry({ Input: { GrantTokens: Array(25_000).fill(1) } }));
    for (const request of [deep, long]) {
      const { body } = await send(server, sign(request));
      assert.equal(body, '{"__type":"SerializationException"}');
    }
    const Input = { GrantTokens: Array(150).fill("x") };
    const wide = entriesOf(...Array.from({ length: 100 }, () => entry({ Input })));
    assert.equal((await resultsOf(wide)).length, 100);
  });

  test("a batch whose signature does not hold reaches nothing", async () => {
    const signed = sign(repeated(2));
    const changed = { ...signed, body: signed.body.replace("Encrypt", "Decrypt") };
    const message =
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
    await assertRefused(server, changed, "InvalidSignatureException", message);
    const reached = server.calls.length;
    for (const request of [
      repeated(2),
      sign(repeated(2), { service: "sts" }),
      withHeader(sign(kmsRequest("Encrypt", repeated(2).body)), "X-Amz-Target", target),
    ])
      assert.equal((await send(server, request)).status, 400);
    assert.equal(server.calls.length, reached);
  });

  test("no name of AWS's leads to a batch, and no other spelling of ours", async () => {
    for (const name of [
      "TrentService.Batch",
      "TrentService.KeywrightService.Batch",
      "KeywrightService.Encrypt",
      "KeywrightService.batch",
      "KeywrightService",
      "Batch",
    ]) {
      const request = withHeader(repeated(1), "X-Amz-Target", name);
      const { body } = await send(server, sign(request));
      assert.equal(body, '{"__type":"UnknownOperationException"}', name);
    }
    const query = stsRequest(`Action=${target}&Version=2011-06-15`);
    assert.equal((await send(server, sign(query, { service: "sts" }))).status, 400);
  });
});
