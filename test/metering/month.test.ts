import * as assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { recordFacts } from "../../src/audit/record-facts.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { dataFolder } from "../../src/composition/data-folder.ts";
import { UsageTables, UsageTally } from "../../src/database/log/usage-tables.ts";
import { inTransaction, SqliteConnection } from "../../src/database/sqlite.ts";
import { account, auditOf, connect, createKey, openServer } from "../conformance/support.ts";
import { keywright } from "../support/command.ts";
import type { TestServer } from "../support/keywright.ts";

const november = Date.parse("2025-11-01T00:00:00Z");
const december = Date.parse("2025-12-01T00:00:00Z");
const decrypts = 2_000_000;
const batch = 20_000;

/** A key's first record and that of a decryption, as a server wrote them. */
async function realRecords(server: TestServer): Promise<readonly [JsonObject, JsonObject]> {
  const kms = connect(server);
  const { id } = await createKey(kms);
  const { CiphertextBlob } = await kms.encrypt({ KeyId: id, Plaintext: Buffer.from("x") });
  await kms.decrypt({ CiphertextBlob });
  const [created] = await auditOf(server, "CreateKey");
  const [decrypted] = await auditOf(server, "Decrypt");
  assert.ok(created !== undefined && decrypted !== undefined);
  return [created, decrypted];
}

const at = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

/** Counts one key of a whole month and its decryptions, spread evenly over the month. */
function fill(path: string, [created, decrypted]: readonly [JsonObject, JsonObject]): void {
  const connection = new SqliteConnection(path, "create");
  const tables = new UsageTables(connection);
  const first = recordFacts(JSON.stringify({ ...created, eventTime: at(november) }));
  const facts = recordFacts(JSON.stringify(decrypted));
  tables.add(new UsageTally([{ position: 1, facts: first }]));
  for (let start = 0; start < decrypts; start += batch) {
    const records = Array.from({ length: batch }, (_, index) => {
      const time = november + ((start + index) / decrypts) * (december - november);
      return { position: start + index + 2, facts: { ...facts, time: Math.floor(time / 1_000) } };
    });
    inTransaction(connection, () => tables.add(new UsageTally(records)));
  }
  connection.close();
}

test("one key, 30 days and 2,000,000 decryptions would have cost 6.94 dollars on AWS", async () => {
  const records = await realRecords(await openServer());
  const folder = mkdtempSync(join(tmpdir(), "keywright-month-"));
  const data = join(folder, "data");
  try {
    assert.equal((await keywright(["init", "--data", data], folder)).code, 0);
    const cost = ["cost", "--data", data, "--month", "2025-11"];
    const early = await keywright(cost, folder);
    assert.equal(early.code, 1);
    assert.match(early.error, /nothing has been counted yet/);

    const { index } = dataFolder({ data });
    mkdirSync(dirname(index), { recursive: true });
    fill(index, records);
    const { code, out, error } = await keywright(cost, folder);
    assert.equal(code, 0, error);
    // CreateKey is a request like any other, and used up one of the free ones.
    const [sentence, , ...table] = out.split("\n");
    assert.match(
      String(sentence),
      /^On AWS, 2025-11.* would have cost .* USD\. You pay nothing\.$/,
    );
    assert.match(
      String(table[1]),
      new RegExp(`^5\\.940003 +${account} +2000000 +Decrypt +arn:aws:kms:`),
    );
    assert.equal((await keywright([...cost, "--account", "999999999999"], folder)).code, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
