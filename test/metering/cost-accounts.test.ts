import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { CostExplorer, GetCostAndUsageCommandInput } from "@aws-sdk/client-cost-explorer";
import {
  account,
  connect,
  createKey,
  day,
  otherAccount,
  testSeedWithKey,
  userArn,
} from "../conformance/support.ts";
import { connectOrganizations, enter, newAccount } from "../organizations/support.ts";
import type { TestServer } from "../support/keywright.ts";
import {
  by,
  connectCosts,
  costs,
  dayOf,
  groups,
  openMetered,
  refusedBy,
  start,
  today,
  tomorrow,
} from "./support.ts";

describe("requests that are refused", () => {
  let server: TestServer;
  before(async () => {
    server = await openMetered();
  });
  const ask = (more: Partial<GetCostAndUsageCommandInput>) =>
    costs(connectCosts(server), today, tomorrow, more);

  for (const [what, more, message] of [
    [
      "an end before the start",
      { TimePeriod: { Start: tomorrow, End: today } },
      "Start date (and hour) should be before end date (and hour)",
    ],
    [
      "an end far ahead",
      { TimePeriod: { Start: today, End: "2035-07-02" } },
      "end date past the beginning of next month",
    ],
    [
      "a start that is no day",
      { TimePeriod: { Start: "", End: today } },
      "Start time  is invalid. Valid format is: yyyy-MM-dd.",
    ],
    [
      "a day that does not exist",
      { TimePeriod: { Start: "2035-02-29", End: today } },
      "Start time 2035-02-29 is invalid. Valid format is: yyyy-MM-dd.",
    ],
    [
      "an hour where days are asked for",
      { TimePeriod: { Start: `${today}T00:00:00Z`, End: tomorrow } },
      /^Start time .* is invalid/,
    ],
    [
      "more hours than two weeks have",
      {
        Granularity: "HOURLY",
        TimePeriod: { Start: "2035-05-18T23:00:00Z", End: `${today}T00:00:00Z` },
      },
      "HOURLY granularity is answered for 14 days at most",
    ],
    [
      "the days of many years",
      { TimePeriod: { Start: "0001-01-01", End: today } },
      "DAILY granularity is answered for 434 days at most",
    ],
    [
      "a dimension that nothing is grouped by",
      { GroupBy: [{ Type: "DIMENSION", Key: "RESOURCE_ID" }] },
      /^Group Definition dimension is invalid\. Valid values are AZ, INSTANCE_TYPE, /,
    ],
    ["a metric that is none", { Metrics: ["Cost"] }, /^Metrics are invalid/],
    ["a filter of two parts", { Filter: { Not: { Tags: {} }, Tags: {} } }, /exactly one/],
  ] as const satisfies readonly (readonly [string, object, string | RegExp])[]) {
    test(`refused: ${what}`, async () => {
      await refusedBy(
        ask(more as unknown as Partial<GetCostAndUsageCommandInput>),
        "ValidationException",
        message,
      );
    });
  }

  test("an account may name the one view of its bills that it has, and no other", async () => {
    const view = (of: string) => ({ BillingViewArn: `arn:aws:billing::${of}:billingview/primary` });
    assert.equal((await ask(view(account))).ResultsByTime?.length, 1);
    await refusedBy(
      ask(view(otherAccount)),
      "ResourceNotFoundException",
      /^There is no billing view/,
    );
  });

  test("who has no permission is told the resource that AWS names", async () => {
    await refusedBy(
      costs(connectCosts(server, "nobody"), today, tomorrow),
      "AccessDeniedException",
      `User: ${userArn("nobody")} is not authorized to perform: ce:GetCostAndUsage on resource: arn:aws:ce:us-east-1:${account}:/GetCostAndUsage because no identity-based policy allows the ce:GetCostAndUsage action`,
    );
  });
});

test("an account sees its own costs, the management account those of its organization", async () => {
  const server = await openMetered();
  const organizations = connectOrganizations(server);
  await organizations.createOrganization({});
  const member = await newAccount(organizations);
  const session = await enter(server, member);
  await connect(server, session).listKeys({});
  await connect(server).listKeys({});
  await connect(server, "other").listKeys({});
  const GroupBy = [...by("LINKED_ACCOUNT")];
  const ask = async (explorer: CostExplorer) => costs(explorer, today, tomorrow, { GroupBy });
  const whole = await ask(connectCosts(server));
  assert.deepEqual(groups(whole), { [account]: "0.01", [member]: "0.01" });
  assert.deepEqual(
    whole.DimensionValueAttributes?.find(({ Value }) => Value === member)?.Attributes?.[
      "description"
    ],
    "account 1",
  );
  assert.deepEqual(groups(await ask(connectCosts(server, session))), { [member]: "0.01" });
  assert.deepEqual(groups(await ask(connectCosts(server, "other"))), { [otherAccount]: "0.01" });
});

test("a key that is rotated, scheduled for deletion and kept after all costs what AWS would ask", async () => {
  const server = await openMetered();
  const { id } = await createKey(connect(server));
  const GroupBy = [...by("USAGE_TYPE")];
  const keys = async (day: string, next: string) =>
    groups(await costs(connectCosts(server), day, next, { GroupBy }))["us-east-1-KMS-Keys"];
  server.clock.offset += day;
  await connect(server).rotateKeyOnDemand({ KeyId: id });
  server.clock.offset += day;
  await connect(server).scheduleKeyDeletion({ KeyId: id, PendingWindowInDays: 7 });
  server.clock.offset += 2 * day;
  const [second, third, fourth] = [1, 2, 3].map((later) => dayOf(start, later));
  // On the second day the key costs 24 hours, its old material those from 10 o'clock on.
  assert.equal(await keys(String(second), String(third)), "0.31");
  assert.equal(await keys(String(fourth), dayOf(start, 4)), undefined);
  await connect(server).cancelKeyDeletion({ KeyId: id });
  assert.equal(await keys(String(fourth), dayOf(start, 4)), "0.36");
});

test("a key of the seed costs something from the beginning", async () => {
  const id = "1234abcd-12ab-34cd-56ef-1234567890ab";
  const server = await openMetered(testSeedWithKey(id));
  const GroupBy = [...by("USAGE_TYPE")];
  // Eleven hours of the day have begun.
  assert.deepEqual(groups(await costs(connectCosts(server), today, tomorrow, { GroupBy })), {
    "us-east-1-KMS-Keys": "0.11",
  });
});

test("the first requests of a month are free, whatever days are asked about", async () => {
  const server = await openMetered(undefined, 2);
  for (let count = 0; count < 3; count++) await connect(server).listKeys({});
  server.clock.offset += day;
  await connect(server).listKeys({});
  const spent = async (from: string, to: string) =>
    (await costs(connectCosts(server), from, to)).ResultsByTime?.map(
      ({ Total }) => Total?.["UnblendedCost"]?.Amount,
    );
  const next = dayOf(start, 2);
  assert.deepEqual(await spent(today, next), ["0.01", "0.01"]);
  assert.deepEqual(await spent(tomorrow, next), ["0.01"]);
});
