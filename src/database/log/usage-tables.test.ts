import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { recordFacts } from "../../audit/record-facts.ts";
import type { JsonObject } from "../../base/json.ts";
import { inTransaction, SqliteConnection } from "../sqlite.ts";
import { UsageTables, UsageTally } from "./usage-tables.ts";

const account = "111122223333";
const key = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const midnight = Date.parse("2026-11-01T00:00:00Z") / 1_000;
const hour = 3_600;

/** Tables in a file of their own, gone at the end of the test. */
function withTables(
  work: (tables: UsageTables, connection: SqliteConnection, path: string) => void,
) {
  const folder = mkdtempSync(join(tmpdir(), "keywright-usage-"));
  const path = join(folder, "index.sqlite");
  const connection = new SqliteConnection(path, "create");
  try {
    work(new UsageTables(connection), connection, path);
  } finally {
    connection.close();
    rmSync(folder, { recursive: true });
  }
}

function call(eventName: string, time: number, more: JsonObject = {}): JsonObject {
  return {
    eventType: "AwsApiCall",
    eventSource: "kms.amazonaws.com",
    eventName,
    eventTime: new Date(time * 1_000).toISOString(),
    awsRegion: "us-east-1",
    recipientAccountId: account,
    userIdentity: { type: "IAMUser", accountId: account },
    requestParameters: { keyId: key },
    resources: [{ accountId: account, type: "AWS::KMS::Key", ARN: key }],
    ...more,
  };
}

const create = (time: number): JsonObject =>
  call("CreateKey", time, {
    responseElements: { keyMetadata: { arn: key, keySpec: "ECC_NIST_P256" } },
  });

const placed = (events: readonly JsonObject[], first = 1): UsageTally =>
  new UsageTally(
    events.map((event, index) => ({
      position: first + index,
      facts: recordFacts(JSON.stringify(event)),
    })),
  );

test("counts of one hour add up over batches, in one row", () => {
  withTables((tables, connection) => {
    tables.add(placed([call("Sign", midnight), call("Sign", midnight + 1)]));
    tables.add(placed([call("Sign", midnight + 3_599), call("Sign", midnight + hour)], 3));
    const counts = tables.counts([account], midnight, midnight + 2 * hour);
    assert.deepEqual(
      counts.map((each) => [each.hour - midnight, each.count]),
      [
        [0, 3],
        [hour, 1],
      ],
    );
    const [lines] = connection.rows({
      chunks: ["SELECT COUNT(*) AS n FROM usage_lines"],
      values: [],
    });
    assert.equal(lines?.["n"], 1);
  });
});

test("counts end before their last hour, and tell nothing of other accounts", () => {
  withTables((tables) => {
    tables.add(
      placed([call("Sign", midnight - 1), call("Sign", midnight), call("Sign", midnight + hour)]),
    );
    assert.equal(tables.counts([account], midnight, midnight + hour).length, 1);
    assert.equal(tables.counts(["444455556666"], 0, midnight * 2).length, 0);
    assert.equal(tables.counts([], 0, midnight * 2).length, 0);
  });
});

test("a call counts with the spec of its key, be the key made in the same batch or long before", () => {
  withTables((tables) => {
    tables.add(placed([create(midnight), call("Sign", midnight)]));
    tables.add(placed([call("Sign", midnight)], 3));
    const [sign] = tables.counts([account], midnight, midnight + hour).slice(-1);
    assert.deepEqual([sign?.operation, sign?.spec, sign?.count], ["Sign", "ECC_NIST_P256", 2]);
  });
});

test("a batch that is rolled back leaves nothing behind", () => {
  withTables((tables, connection) => {
    const failing = () =>
      inTransaction(connection, () => {
        tables.add(placed([create(midnight), call("Sign", midnight)]));
        throw new Error("the disk is full");
      });
    assert.throws(failing, /the disk is full/);
    tables.add(placed([call("Verify", midnight)]));
    const counts = tables.counts([account], 0, midnight * 2);
    assert.deepEqual(
      counts.map(({ operation, count }) => [operation, count]),
      [["Verify", 1]],
    );
    assert.deepEqual(tables.keyTimes([account], 0, midnight * 2), []);
  });
});

test("a cancelled deletion never happened, even when it is cancelled after the span in question", () => {
  withTables((tables) => {
    const schedule = midnight + 10 * hour;
    tables.add(placed([create(midnight), call("ScheduleKeyDeletion", schedule)]));
    const until = () => tables.keyTimes([account], midnight, midnight + 24 * hour)[0]?.until;
    assert.equal(until(), schedule);
    tables.add(placed([call("CancelKeyDeletion", schedule + 100 * hour)], 3));
    assert.equal(until(), undefined);
  });
});

test("a reader of the file sees what was counted", () => {
  withTables((tables, _connection, path) => {
    tables.add(placed([create(midnight), call("Sign", midnight)]));
    const reader = new SqliteConnection(path, "read");
    try {
      assert.equal(new UsageTables(reader).counts([account], 0, midnight * 2).length, 2);
    } finally {
      reader.close();
    }
  });
});
