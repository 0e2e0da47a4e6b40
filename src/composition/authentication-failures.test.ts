import * as assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { describe, test } from "node:test";
import { isJsonObject, readJson } from "../base/json.ts";
import { countAuthenticationFailures } from "./authentication-failures.ts";

const minute = 60_000;

/** A counter whose minutes the test lets pass, and what it told. */
function counting(t: TestContext, record?: () => Promise<void>) {
  t.mock.timers.enable({ apis: ["setInterval", "Date"] });
  const records: string[] = [];
  const logged: string[] = [];
  const failures = countAuthenticationFailures({
    clock: () => new Date(),
    log: (_level, message, fields) => logged.push(`${message} ${JSON.stringify(fields)}`),
    record: async (text) => {
      await record?.();
      records.push(text);
    },
  });
  return { failures, records, logged, tick: (time: number) => t.mock.timers.tick(time) };
}

const code = "InvalidSignatureException";
/** Lets what was begun come to its end. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function detailsOf(text = "") {
  const record = readJson(text);
  assert.ok(isJsonObject(record) && isJsonObject(record["serviceEventDetails"]));
  assert.equal(record["eventSource"], "keywright");
  assert.equal(record["eventName"], "AuthenticationFailures");
  assert.equal(record["recipientAccountId"], "000000000000");
  // Plain objects again, as they are compared with.
  return structuredClone(record["serviceEventDetails"]);
}

describe("requests that fail authentication", () => {
  test("have one record a minute, however many there are", async (t) => {
    const { failures, records, tick } = counting(t);
    for (let number = 0; number < 5_000; number++) failures.count({ code, sourceIp: "192.0.2.1" });
    failures.count({ code: "ExpiredTokenException", sourceIp: "192.0.2.2" });
    tick(minute);
    await settled();
    tick(minute);
    await settled();
    assert.equal(records.length, 1);
    assert.deepEqual(detailsOf(records[0]), {
      since: "1970-01-01T00:00:00.000Z",
      requests: 5_001,
      errorCodes: { [code]: 5_000, ExpiredTokenException: 1 },
      sourceIPAddresses: [
        { address: "192.0.2.1", requests: 5_000 },
        { address: "192.0.2.2", requests: 1 },
      ],
      otherRequests: 0,
    });
  });

  test("have a record of bounded size that names the ten busiest addresses and sums the others", async (t) => {
    const { failures, records } = counting(t);
    const addresses = Array.from(
      { length: 30_000 },
      (_, index) => `2001:db8::${index.toString(16)}`,
    );
    for (const sourceIp of addresses) failures.count({ code, sourceIp });
    for (const sourceIp of addresses.slice(100, 110)) failures.count({ code, sourceIp });
    await failures.stop();
    const details = detailsOf(records[0]);
    assert.deepEqual(
      details["sourceIPAddresses"],
      addresses.slice(100, 110).map((address) => ({ address, requests: 2 })),
    );
    assert.equal(details["requests"], 30_010);
    assert.equal(details["otherRequests"], 29_990);
    assert.ok((records[0] ?? "").length < 4_096);
  });

  test("that cannot be recorded are recorded with those of the next minute, and logged once", async (t) => {
    let room: boolean = false;
    const { failures, records, logged, tick } = counting(t, () =>
      room ? Promise.resolve() : Promise.reject(new Error("no room")),
    );
    failures.count({ code, sourceIp: "192.0.2.1" });
    tick(minute);
    await settled();
    assert.deepEqual(records, []);
    room = true;
    failures.count({ code, sourceIp: "192.0.2.1" });
    tick(minute);
    await settled();
    const { since, requests } = detailsOf(records[0]);
    assert.deepEqual([since, requests], ["1970-01-01T00:00:00.000Z", 2]);
    const told = logged.filter((line) => line.startsWith("requests failed"));
    assert.deepEqual(
      told.map((line) => /"requests":(\d+)/.exec(line)?.[1]),
      ["1", "1"],
    );
  });

  test("have no record where there are none", async (t) => {
    const { failures, records, tick } = counting(t);
    tick(minute);
    await failures.stop();
    assert.deepEqual(records, []);
  });
});
