import * as assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { recordFacts } from "../../src/audit/record-facts.ts";
import type { UsageCount } from "../../src/audit/usage.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { listAudit } from "../../src/composition/inspect.ts";
import { askNobody } from "../../src/composition/root-sources.ts";
import { UsageTables, UsageTally } from "../../src/database/log/usage-tables.ts";
import { inTransaction, SqliteConnection } from "../../src/database/sqlite.ts";
import {
  account,
  connect,
  createKey,
  keyPolicy,
  missingId,
  openServer,
  otherAccount,
  rootArn,
} from "../conformance/support.ts";
import { connectSts } from "../sts/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { countedBy } from "./support.ts";

/** What a test saw itself do: one entry for each request that a server answered to somebody whom it knows. */
class CallsMade {
  readonly made: string[] = [];

  /** Makes a call, whatever comes of it. */
  async call(who: string, at: string, operation: string, call: () => Promise<unknown>) {
    this.made.push(`${who} ${at} ${operation}`);
    await call().catch(() => undefined);
  }
}

const plaintext = Buffer.from("x");

/** Many kinds of calls, with all kinds of ends. */
async function beBusy(server: TestServer, callsMade: CallsMade): Promise<void> {
  const kms = connect(server);
  const other = connect(server, "other");
  const nobody = connect(server, "nobody");
  const call = (operation: string, work: () => Promise<unknown>, at = "us-east-1") =>
    callsMade.call(account, at, operation, work);
  const foreign = (operation: string, work: () => Promise<unknown>) =>
    callsMade.call(otherAccount, "us-east-1", operation, work);
  let shared = "";
  let signing = "";
  let primary = "";
  const Policy = keyPolicy({ Principal: { AWS: rootArn(otherAccount) }, Action: "kms:*" });
  await call("CreateKey", async () => {
    shared = (await createKey(kms, { Policy })).arn;
  });
  await call("CreateKey", async () => {
    signing = (await createKey(kms, { KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" })).arn;
  });
  await call("CreateKey", async () => {
    primary = (await createKey(kms, { MultiRegion: true })).arn;
  });
  for (let count = 0; count < 20; count++) {
    const KeyId = shared;
    await call("Encrypt", () => kms.encrypt({ KeyId, Plaintext: plaintext }));
    await foreign("Encrypt", () => other.encrypt({ KeyId, Plaintext: plaintext }));
    await call("Encrypt", () => nobody.encrypt({ KeyId, Plaintext: plaintext }));
    await call("Encrypt", () => kms.encrypt({ KeyId, Plaintext: plaintext, DryRun: true }));
    await call("Encrypt", () => kms.encrypt({ KeyId: missingId, Plaintext: plaintext }));
    await call("GenerateRandom", () => kms.generateRandom({ NumberOfBytes: 9 }));
    const SigningAlgorithm = "RSASSA_PSS_SHA_256";
    const message = { KeyId: signing, Message: plaintext, SigningAlgorithm } as const;
    await call("Sign", () => kms.sign(message));
    await foreign("Sign", () => other.sign(message));
    const pair = { KeyId, KeyPairSpec: "ECC_NIST_P256" } as const;
    await foreign("GenerateDataKeyPair", () => other.generateDataKeyPair(pair));
  }
  await throttled(server, signing, call);
  await acrossRegions(server, primary, call);
  await call("GetCallerIdentity", () => connectSts(server).getCallerIdentity({}));
  await call("ScheduleKeyDeletion", () => kms.scheduleKeyDeletion({ KeyId: signing }));
  await call("Sign", () =>
    kms.sign({ KeyId: signing, Message: plaintext, SigningAlgorithm: "RSASSA_PSS_SHA_256" }),
  );
}

type MakeCall = (operation: string, work: () => Promise<unknown>, at?: string) => Promise<void>;

/** More calls in one second than a quota allows: to the server they come in the same moment, however slow the machine is. */
async function throttled(server: TestServer, KeyId: string, call: MakeCall): Promise<void> {
  const kms = connect(server);
  const { offset } = server.clock;
  const moment = Date.now() + offset;
  for (let count = 0; count < 30; count++) {
    server.clock.offset = moment - Date.now();
    await call("GetKeyLastUsage", () => kms.getKeyLastUsage({ KeyId }));
  }
  server.clock.offset = offset;
}

/** Calls that are recorded in two regions, and beside what a service does by itself. */
async function acrossRegions(server: TestServer, KeyId: string, call: MakeCall): Promise<void> {
  const kms = connect(server);
  const elsewhere = connect(server, "admin", "eu-west-1");
  const replica = KeyId.replace("us-east-1", "eu-west-1");
  await call("ReplicateKey", () => kms.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" }));
  await call("RotateKeyOnDemand", () => kms.rotateKeyOnDemand({ KeyId }));
  await call("UpdatePrimaryRegion", () =>
    kms.updatePrimaryRegion({ KeyId, PrimaryRegion: "eu-west-1" }),
  );
  await call("UpdatePrimaryRegion", () =>
    kms.updatePrimaryRegion({ KeyId, PrimaryRegion: "ap-south-1" }),
  );
  const encrypt = () => elsewhere.encrypt({ KeyId: replica, Plaintext: plaintext });
  for (let count = 0; count < 5; count++) await call("Encrypt", encrypt, "eu-west-1");
}

const everything = {
  eventName: undefined,
  key: undefined,
  user: undefined,
  accessKey: undefined,
  since: undefined,
  limit: undefined,
};

async function recordsOf(server: TestServer): Promise<readonly JsonObject[]> {
  return Array.fromAsync(listAudit(server.config, everything, { ask: askNobody }));
}

/** What the meter makes of records that come in batches. */
function metered(records: readonly JsonObject[], path: string): readonly UsageCount[] {
  const connection = new SqliteConnection(path, "create");
  try {
    const tables = new UsageTables(connection);
    const placed = records.map((event, index) => ({
      position: index + 1,
      facts: recordFacts(JSON.stringify(event)),
    }));
    for (let start = 0; start < placed.length; start += 7)
      inTransaction(connection, () => tables.add(new UsageTally(placed.slice(start, start + 7))));
    return tables.counts([account, otherAccount], 0, 10 ** 10);
  } finally {
    connection.close();
  }
}

/** How often each text is there. */
function tally(texts: readonly string[]): Readonly<Record<string, number>> {
  const groups = Map.groupBy(texts, (text) => text);
  const counts = [...groups].map(([text, same]) => [text, same.length] as const);
  return Object.fromEntries(counts.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function times(counts: readonly UsageCount[], text: (count: UsageCount) => string) {
  return tally(counts.flatMap((each) => Array.from({ length: each.count }, () => text(each))));
}

test("the meter counts each call that was made once, for who made it", async () => {
  const server = await openServer(undefined, [["--request-rate-factor", "1"]]);
  const callsMade = new CallsMade();
  await beBusy(server, callsMade);
  const records = await recordsOf(server);
  const path = join(server.folder, "..", "usage.sqlite");
  const counts = metered(records, path);
  rmSync(path);
  assert.deepEqual(await countedBy(server), counts);
  const text = (each: UsageCount) => `${each.account} ${each.region} ${each.operation}`;
  assert.deepEqual(times(counts, text), tally(callsMade.made));

  // Once more from the records alone, and by another rule: a request has one id, however many records tell of it.
  const calls = Map.groupBy(
    records.filter(({ requestID }) => requestID !== undefined),
    ({ requestID }) => String(requestID),
  );
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  assert.equal(total, calls.size);
  assert.ok(calls.size < records.length, "some calls have several records");
  const failed = [...calls.values()].map(([record]) => String(record?.["errorCode"] ?? ""));
  const free = failed.filter((code) => code === "ThrottlingException").length;
  assert.ok(free > 0, "some calls were throttled");
  const unbilled = counts.filter(({ billable }) => !billable);
  assert.equal(
    unbilled.reduce((sum, { count }) => sum + count, 0),
    free,
  );
  for (const code of ["DryRunOperationException", "AccessDenied", "NotFoundException"])
    assert.ok(failed.includes(code), code);
  const ofOther = counts.filter(
    (each) => each.account === otherAccount && each.operation === "Encrypt",
  );
  assert.ok(
    ofOther.every(({ key }) => key.includes(`:${account}:`)),
    "keys of others are named",
  );
});
