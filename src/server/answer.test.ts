import * as assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { HttpAnswer } from "./answer.ts";
import { answerHeaders, answerText } from "./answer.ts";

const contentTypes = fc.constantFrom("application/x-amz-json-1.1", "text/xml", "text/plain");
const answers: fc.Arbitrary<HttpAnswer> = fc
  .tuple(
    fc.record({
      status: fc.constantFrom(200, 204, 304, 400, 403, 503),
      contentType: contentTypes,
      body: fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", "{}", "0", "é")),
    }),
    fc.constantFrom({}, { headers: ["ETag", '"a"'] }, { authorizationMessage: "sealed" }),
  )
  .map(([answer, more]) => ({ ...answer, ...more }));
const envelopes = fc.record({
  requestId: fc.uuid(),
  date: fc.constantFrom("2026-01-01T00:00:00.1Z", "2026-01-01T00:00:00.9Z", "2026-01-01T00:00:01Z"),
  close: fc.boolean(),
});

test("an answer says what its headers say, whatever answers came before it", () => {
  const sent = fc.tuple(answers, envelopes, fc.constantFrom(1_000, 5_000));
  fc.assert(
    fc.property(fc.array(sent, { minLength: 2, maxLength: 30 }), (all) => {
      for (const [answer, { date, ...rest }, keepAlive] of all) {
        const envelope = { ...rest, date: new Date(date) };
        const headers = answerHeaders(answer, envelope);
        const lines = headers.flatMap((each, at) =>
          at % 2 === 0 ? [`${each}: ${headers[at + 1]}`] : [],
        );
        const stays = ["Connection: keep-alive", `Keep-Alive: timeout=${keepAlive / 1_000}`];
        const [first, ...others] = answerText(answer, envelope, keepAlive).split("\r\n\r\n");
        const [status, ...written] = String(first).split("\r\n");
        assert.match(String(status), new RegExp(`^HTTP/1\\.1 ${answer.status} \\w`));
        assert.deepEqual(written, envelope.close ? lines : [...lines, ...stays]);
        assert.equal(others.join("\r\n\r\n"), answer.body);
      }
    }),
    { numRuns: 300 },
  );
});

test("a header that would be two is not written", () => {
  const envelope = { requestId: "id", date: new Date(), close: false };
  const answer = { status: 200, contentType: "text/plain", body: "" };
  for (const odd of [
    { ...answer, contentType: "text/plain\r\nA: b" },
    { ...answer, headers: ["A", "b\r\nC: d"] },
  ])
    assert.throws(() => answerText(odd, envelope, 1_000), TypeError);
});
