import * as assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  GetCostAndUsageCommandInput,
  GetCostAndUsageResponse,
  GroupDefinition,
} from "@aws-sdk/client-cost-explorer";
import { CostExplorer, CostExplorerServiceException } from "@aws-sdk/client-cost-explorer";
import type { UsageCount } from "../../src/audit/usage.ts";
import { dataFolder } from "../../src/composition/data-folder.ts";
import { UsageTables } from "../../src/database/log/usage-tables.ts";
import { SqliteConnection } from "../../src/database/sqlite.ts";
import type { Credentials } from "../conformance/support.ts";
import { account, openServer, otherAccount } from "../conformance/support.ts";
import type { TestServer, TestUser } from "../support/keywright.ts";
import { accessKeys } from "../support/keywright.ts";

/** A client of AWS's SDK that never tries twice. */
export function connectCosts(
  server: Pick<TestServer, "url" | "clock">,
  who: TestUser | (Credentials & { readonly sessionToken?: string }) = "admin",
): CostExplorer {
  return new CostExplorer({
    endpoint: server.url,
    region: "us-east-1",
    credentials: typeof who === "string" ? accessKeys[who] : who,
    maxAttempts: 1,
    systemClockOffset: server.clock.offset,
  });
}

/** A file of prices that makes every request cost a cent, from the first one on or after some that are free. */
export function dearPrices(freeRequests = 0): string {
  const file = join(mkdtempSync(join(tmpdir(), "keywright-prices-")), "prices.yaml");
  writeFileSync(
    file,
    `- from: "2020-01-01"
  freeRequests: ${freeRequests}
  keyMonth: 7.20
  rotationMonth: 3.60
  requests: 100.00
  rsa2048Requests: 200.00
  asymmetricRequests: 300.00
  eccKeyPairs: 400.00
  rsaKeyPairs: 500.00
`,
  );
  return file;
}

/** The day of a moment, or one some days later. */
export function dayOf(time: Date, later = 0): string {
  return new Date(time.getTime() + later * 86_400_000).toISOString().slice(0, 10);
}

/** Asks for unblended costs by the day unless told otherwise. */
export async function costs(
  explorer: CostExplorer,
  Start: string,
  End: string,
  more: Partial<GetCostAndUsageCommandInput> = {},
): Promise<GetCostAndUsageResponse> {
  return explorer.getCostAndUsage({
    TimePeriod: { Start, End },
    Granularity: "DAILY",
    Metrics: ["UnblendedCost"],
    ...more,
  });
}

/** The second day of a month of 30 days, far ahead: all that the tests do happens then. */
export const start = new Date("2035-06-02T10:00:00Z");
export const today = dayOf(start);
export const tomorrow = dayOf(start, 1);

/** A server with dear prices at that time. */
export async function openMetered(seed?: object, freeRequests = 0): Promise<TestServer> {
  const server = await openServer(seed, [["--prices", dearPrices(freeRequests)]]);
  server.clock.offset = start.getTime() - Date.now();
  return server;
}

/** Groups by dimensions. */
export const by = (...keys: readonly string[]): readonly GroupDefinition[] =>
  keys.map((Key) => ({ Type: "DIMENSION", Key }));

/** Amounts by the keys of their groups, over all of an answer. */
export function groups(
  answer: GetCostAndUsageResponse,
  metric = "UnblendedCost",
): Record<string, string> {
  const found = (answer.ResultsByTime ?? []).flatMap(({ Groups = [] }) =>
    Groups.map(({ Keys = [], Metrics = {} }) => [Keys.join(" "), Metrics[metric]?.Amount ?? ""]),
  );
  return Object.fromEntries(found) as Record<string, string>;
}

/** Proves that a call is refused with this code, HTTP 400 and this text. */
export async function refusedBy(
  call: Promise<unknown>,
  code: string,
  message: string | RegExp,
): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof CostExplorerServiceException)) throw error;
    assert.equal(error.name, code, error.message);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    assert.equal(error.$metadata.httpStatusCode, 400);
    return;
  }
  throw new assert.AssertionError({ message: "the call was allowed" });
}

/** What the server itself has counted, but for questions about costs. */
export async function countedBy(server: TestServer): Promise<readonly UsageCount[]> {
  // An answer about costs comes once every record that is durable is counted.
  await costs(connectCosts(server), dayOf(new Date()), dayOf(new Date(), 1)).catch(() => undefined);
  const connection = new SqliteConnection(dataFolder(server.config).index, "read");
  try {
    const counts = new UsageTables(connection).counts([account, otherAccount], 0, 10 ** 10);
    return counts.filter(({ eventSource }) => eventSource !== "ce.amazonaws.com");
  } finally {
    connection.close();
  }
}
