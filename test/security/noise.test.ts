import * as assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { isJsonObject } from "../../src/base/json.ts";
import { initialize } from "../../src/composition/init.ts";
import { listAudit } from "../../src/composition/inspect.ts";
import { openRunning } from "../../src/composition/running.ts";
import { testConfig, testSeed } from "../support/keywright.ts";
import { people } from "../support/shares.ts";

const strangers = 40;
const each = 75;

/** What strangers send: no signature, half of one, and one that nobody made. */
const authorizations = [
  undefined,
  "AWS4-HMAC-SHA256 Credential=AKIA",
  "AWS4-HMAC-SHA256 Credential=AKIAUNKNOWN/20260101/us-east-1/kms/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=00",
] as const;

test("3,000 requests of strangers leave one record, which counts them all", async (t) => {
  const config = testConfig(testSeed, [["--behind-tls-proxy", "true"]]);
  t.after(() => rmSync(join(config.data, ".."), { recursive: true, force: true }));
  await initialize(config, people());
  const logged: string[] = [];
  const running = await openRunning(
    config,
    () => new Date(),
    (_level, message) => logged.push(message),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const send = (index: number): Promise<number> =>
    new Promise((resolve, reject) => {
      const authorization = authorizations[index % authorizations.length];
      const headers = {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "TrentService.ListKeys",
        "x-amz-date": "20260101T000000Z",
        "x-forwarded-for": `192.0.2.${index % strangers}`,
        ...(authorization === undefined ? {} : { authorization }),
      };
      const call = request(running.url, { method: "POST", agent, headers }, (answer) => {
        answer.resume().on("end", () => resolve(answer.statusCode ?? 0));
      });
      call.on("error", reject).end("{}");
    });
  const before = journalBytes(join(config.data, "audit"));
  const statuses = await Promise.all(
    Array.from({ length: strangers * each }, (_, index) => send(index)),
  );
  assert.ok(
    statuses.every((status) => status === 400),
    `${new Set(statuses).size} kinds`,
  );
  agent.destroy();
  await running.close();
  const filter = { eventName: undefined, key: undefined, user: undefined, accessKey: undefined };
  const records = await Array.fromAsync(
    listAudit(config, { ...filter, since: undefined, limit: undefined }, people()),
  );
  assert.deepEqual(
    records.map((record) => record["eventName"]),
    ["AuthenticationFailures"],
  );
  const details = records[0]?.["serviceEventDetails"];
  assert.ok(isJsonObject(details));
  assert.equal(details["requests"], 3_000);
  assert.deepEqual(
    { ...(details["errorCodes"] as object) },
    {
      MissingAuthenticationTokenException: 1_000,
      IncompleteSignatureException: 1_000,
      InvalidSignatureException: 1_000,
    },
  );
  assert.equal((details["sourceIPAddresses"] as readonly unknown[]).length, 10);
  assert.equal(details["otherRequests"], (strangers - 10) * each);
  assert.ok(journalBytes(join(config.data, "audit")) - before < 4_096);
  assert.equal(logged.filter((message) => message.startsWith("requests failed")).length, 3);
});

/** Bytes of the journal up to the last that is not zero. */
function journalBytes(folder: string): number {
  const names = readdirSync(folder).filter((name) => name.endsWith(".kwj"));
  return names.reduce(
    (sum, name) => sum + readFileSync(join(folder, name)).findLastIndex(Boolean) + 1,
    0,
  );
}
