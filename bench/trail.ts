import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateSigningKey } from "../src/crypto/signature.ts";
import { Journal } from "../src/database/journal.ts";
import { lookup } from "../src/database/log/lookup.ts";
import { Sequencer } from "../src/database/log/sequencer.ts";
import { positive, readArguments } from "./arguments.ts";

/**
 * How the audit logs behave as they grow: for each million records, how fast the sequencer takes records up from the journal (read
 * back from the disk, verified, put into the tree, indexed and counted), and how long the first page of a lookup takes.
 */
const usage = "usage: node bench/trail.ts [--records 1000000] [--keys 1000]";
const values = readArguments(usage, {
  records: { type: "string", default: "1000000" },
  keys: { type: "string", default: "1000" },
});
const total = positive(usage, values.records);
const keys = positive(usage, values.keys);
const batch = 256;
const scope = { account: "111122223333", region: "eu-west-1" };
const folder = mkdtempSync(join(tmpdir(), "keywright-bench-"));
const shared = { deployment: "bench", ...generateSigningKey(), now: () => new Date() };
const journalFolder = join(folder, "audit");
const journal = Journal.open({ ...shared, folder: journalFolder, segmentBytes: 16 * 1024 * 1024 });
const sequencer = Sequencer.open({
  ...shared,
  journalFolder,
  logs: { folder: join(journalFolder, "log") },
  indexPath: join(folder, "index.db"),
  newId: () => crypto.randomUUID(),
  durable: () => journal.sequence,
});

const keyArn = (index: number): string =>
  `arn:aws:kms:${scope.region}:${scope.account}:key/${index.toString(16).padStart(8, "0")}-1111-4222-8333-444455556666`;

function record(index: number): Buffer {
  const key = keyArn((index * 7_919) % keys);
  const time = new Date(1_780_000_000_000 + index * 50).toISOString();
  return Buffer.from(
    JSON.stringify({
      eventVersion: "1.11",
      userIdentity: {
        type: "IAMUser",
        principalId: "AIDACKCEVSQ6C2EXAMPLE",
        arn: `arn:aws:iam::${scope.account}:user/app-${index % 50}`,
        accountId: scope.account,
        accessKeyId: `AKIAIOSFODNN7EXAMP${String(index % 50).padStart(2, "0")}`,
        userName: `app-${index % 50}`,
      },
      eventTime: `${time.slice(0, 19)}Z`,
      eventSource: "kms.amazonaws.com",
      eventName: index % 3 === 0 ? "GenerateDataKey" : "Decrypt",
      awsRegion: scope.region,
      sourceIPAddress: "192.0.2.7",
      userAgent: "aws-sdk-js/3.1162.0",
      requestParameters: { keyId: key, encryptionAlgorithm: "SYMMETRIC_DEFAULT" },
      responseElements: null,
      additionalEventData: { keyMaterialId: "a".repeat(64) },
      requestID: crypto.randomUUID(),
      eventID: crypto.randomUUID(),
      readOnly: true,
      resources: [{ accountId: scope.account, type: "AWS::KMS::Key", ARN: key }],
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: scope.account,
      eventCategory: "Management",
    }),
  );
}

/** Milliseconds of the first page of 50 events. */
function firstPage(key: "ResourceName" | "EventName", value: string): number {
  const start = performance.now();
  let found = 0;
  for (const hit of lookup(sequencer.connection, {
    ...scope,
    attribute: { key, value },
    limit: 50,
  })) {
    sequencer.entries.find(hit.position);
    if (++found === 50) break;
  }
  return performance.now() - start;
}

let taken = 0;
function takeUp(): void {
  const start = performance.now();
  while (sequencer.take());
  sequencer.publish();
  taken += performance.now() - start;
}

const row = (...cells: readonly (string | number)[]): void =>
  console.log(`| ${cells.join(" | ")} |`);
row(
  "records",
  "records/s taken up",
  "page by key, ms",
  "by event name, ms",
  "no match, ms",
  "MB resident",
);
row("---", "---", "---", "---", "---", "---");
const step = Math.min(1_000_000, total);
let written = 0;
while (written < total) {
  taken = 0;
  for (const end = written + step; written < end; written += batch) {
    const records = Array.from({ length: batch }, (_, at) => record(written + at));
    journal.reserve(records);
    journal.append(records);
    if ((written / batch) % 64 === 63) takeUp();
  }
  takeUp();
  const pages = [1, 2, 3].map((each) => firstPage("ResourceName", keyArn(each * 31)));
  row(
    written,
    Math.round((step / taken) * 1_000),
    Math.max(...pages).toFixed(1),
    firstPage("EventName", "Decrypt").toFixed(1),
    firstPage("ResourceName", "nothing").toFixed(1),
    Math.round(process.memoryUsage().rss / 1e6),
  );
}
sequencer.close();
journal.close();
rmSync(folder, { recursive: true });
