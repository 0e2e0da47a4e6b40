import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type {
  CostExplorer,
  Expression,
  GetCostAndUsageCommandInput,
} from "@aws-sdk/client-cost-explorer";
import { connect, createKey } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import {
  by,
  connectCosts,
  costs,
  groups,
  openMetered,
  refusedBy,
  start,
  today,
  tomorrow,
} from "./support.ts";

describe("costs of a day", () => {
  let server: TestServer;
  let explorer: CostExplorer;
  const ask = (more: Partial<GetCostAndUsageCommandInput> = {}) =>
    costs(explorer, today, tomorrow, more);
  const filtered = async (Filter: Expression) =>
    groups(await ask({ Filter, GroupBy: [...by("OPERATION")] }));

  before(async () => {
    server = await openMetered();
    explorer = connectCosts(server);
    const kms = connect(server);
    const Tags = [{ TagKey: "team", TagValue: "blue" }];
    const symmetric = await createKey(kms, { Tags });
    const signing = await createKey(kms, { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
    for (let count = 0; count < 3; count++)
      await kms.encrypt({ KeyId: symmetric.id, Plaintext: Buffer.from("x") });
    const SigningAlgorithm = "ECDSA_SHA_256";
    await kms.sign({ KeyId: signing.id, Message: Buffer.from("x"), SigningAlgorithm });
    const pair = { KeyId: symmetric.id, KeyPairSpec: "RSA_2048" } as const;
    await kms.generateDataKeyPairWithoutPlaintext(pair);
    await connect(server, "admin", "eu-west-1").listKeys({});
    await assert.rejects(
      connect(server, "nobody").encrypt({ KeyId: symmetric.id, Plaintext: Buffer.from("x") }),
    );
  });

  test("totals add up the costs of keys and requests of all regions", async () => {
    const { ResultsByTime = [], GroupDefinitions } = await ask();
    // Two keys for 14 hours of 720 at 7.20 dollars, 7 requests for a cent, and a signature and a key pair for 3 and 5 cents.
    const begun = Math.ceil((server.clock.offset + Date.now() - start.getTime()) / 3_600_000);
    const Amount = String(Math.round((2 * 0.01 * begun + 0.07 + 0.03 + 0.05) * 100) / 100);
    assert.deepEqual(ResultsByTime, [
      {
        TimePeriod: { Start: today, End: tomorrow },
        Total: { UnblendedCost: { Amount, Unit: "USD" } },
        Groups: [],
        Estimated: true,
      },
    ]);
    assert.equal(GroupDefinitions, undefined);
  });

  test("groups by usage type have the names of AWS's bills", async () => {
    const found = groups(
      await ask({ GroupBy: [...by("USAGE_TYPE")], Metrics: ["UsageQuantity"] }),
      "UsageQuantity",
    );
    const { "us-east-1-KMS-Keys": months, ...requests } = found;
    assert.ok(Number(months) > 0);
    assert.deepEqual(requests, {
      "eu-west-1-KMS-Requests": "1",
      "us-east-1-KMS-Requests": "6",
      "us-east-1-KMS-Requests-Asymmetric": "1",
      "us-east-1-KMS-Requests-GenerateDatakeyPair-RSA": "1",
    });
  });

  test("two kinds of groups go together, three do not", async () => {
    const answer = await ask({ GroupBy: [...by("REGION", "OPERATION")] });
    assert.equal(groups(answer)["us-east-1 Encrypt"], "0.04");
    assert.deepEqual(answer.GroupDefinitions, by("REGION", "OPERATION"));
    await refusedBy(
      ask({ GroupBy: [...by("REGION", "OPERATION", "SERVICE")] }),
      "ValidationException",
      "Only two values for GroupBy are allowed",
    );
  });

  test("a tag groups what keys and their requests cost, the rest has an empty value", async () => {
    const GroupBy = [{ Type: "TAG", Key: "team" } as const];
    const found = groups(
      await ask({
        GroupBy,
        Filter: { Not: { Dimensions: { Key: "OPERATION", Values: ["Unknown"] } } },
      }),
    );
    assert.deepEqual(found, { team$: "0.05", team$blue: "0.1" });
  });

  test("filters take values, tags, and their combinations", async () => {
    const operation = (...Values: string[]): Expression => ({
      Dimensions: { Key: "OPERATION", Values },
    });
    const blue: Expression = { Tags: { Key: "team", Values: ["blue"] } };
    assert.deepEqual(await filtered(operation("Encrypt", "Sign")), {
      Encrypt: "0.04",
      Sign: "0.03",
    });
    assert.deepEqual(await filtered({ And: [operation("Encrypt", "Sign"), blue] }), {
      Encrypt: "0.04",
    });
    assert.deepEqual(
      await filtered({ And: [{ Or: [operation("Sign"), operation("Encrypt")] }, { Not: blue }] }),
      { Sign: "0.03" },
    );
    const untagged: Expression = { Tags: { Key: "team", MatchOptions: ["ABSENT"] } };
    assert.deepEqual(await filtered({ And: [untagged, operation("Sign", "Encrypt")] }), {
      Sign: "0.03",
    });
    assert.deepEqual(await filtered({ Dimensions: { Key: "SERVICE", Values: ["Amazon S3"] } }), {});
  });

  test("all kinds of costs are the same, and quantities of one unit have its name", async () => {
    const Metrics = ["BlendedCost", "AmortizedCost", "NetUnblendedCost", "UsageQuantity"];
    const Filter = { Dimensions: { Key: "OPERATION", Values: ["Encrypt"] } } as const;
    const { ResultsByTime } = await ask({
      Metrics,
      Filter: { Dimensions: { ...Filter.Dimensions, Values: ["Encrypt"] } },
    });
    const cost = { Amount: "0.04", Unit: "USD" };
    assert.deepEqual(ResultsByTime?.[0]?.Total, {
      BlendedCost: cost,
      AmortizedCost: cost,
      NetUnblendedCost: cost,
      UsageQuantity: { Amount: "4", Unit: "Requests" },
    });
    const { ResultsByTime: mixed } = await ask({ Metrics: ["UsageQuantity"] });
    assert.equal(mixed?.[0]?.Total?.["UsageQuantity"]?.Unit, "N/A");
  });

  test("hours and months add up to the same as days", async () => {
    const Filter: Expression = { Dimensions: { Key: "OPERATION", Values: ["Encrypt", "Sign"] } };
    const hours = await costs(explorer, `${today}T00:00:00Z`, `${tomorrow}T00:00:00Z`, {
      Granularity: "HOURLY",
      Filter,
    });
    const amounts = hours.ResultsByTime?.map(({ Total }) =>
      Number(Total?.["UnblendedCost"]?.Amount),
    );
    assert.equal(amounts?.length, 24);
    assert.equal(amounts.reduce((sum, each) => sum + each, 0).toFixed(2), "0.07");
    const busy = hours.ResultsByTime?.find(
      ({ Total }) => Number(Total?.["UnblendedCost"]?.Amount) > 0,
    );
    assert.equal(busy?.TimePeriod?.Start, `${today}T10:00:00Z`);
    const month = await costs(explorer, "2035-06-01", "2035-07-01", {
      Granularity: "MONTHLY",
      Filter,
    });
    assert.deepEqual(
      month.ResultsByTime?.map(({ TimePeriod, Total }) => [
        TimePeriod,
        Total?.["UnblendedCost"]?.Amount,
      ]),
      [[{ Start: "2035-06-01", End: "2035-07-01" }, "0.07"]],
    );
  });

  test("values of dimensions and tags can be listed", async () => {
    const TimePeriod = { Start: today, End: tomorrow };
    const operations = await explorer.getDimensionValues({
      TimePeriod,
      Dimension: "OPERATION",
      SearchString: "ey",
    });
    assert.deepEqual(
      operations.DimensionValues?.map(({ Value }) => Value),
      ["CreateKey", "GenerateDataKeyPairWithoutPlaintext", "ListKeys"],
    );
    const reserved = { TimePeriod, Dimension: "OPERATION", Context: "RESERVATIONS" } as const;
    assert.deepEqual((await explorer.getDimensionValues(reserved)).DimensionValues, []);
    const dearest = await explorer.getDimensionValues({
      TimePeriod,
      Dimension: "USAGE_TYPE",
      SortBy: [{ Key: "UnblendedCost", SortOrder: "DESCENDING" }],
      MaxResults: 3,
      Filter: { Not: { Dimensions: { Key: "OPERATION", Values: ["Unknown"] } } },
    });
    assert.equal(dearest.DimensionValues?.[0]?.Value, "us-east-1-KMS-Requests");
    assert.deepEqual([dearest.ReturnSize, dearest.TotalSize], [3, 4]);
    assert.deepEqual((await explorer.getTags({ TimePeriod })).Tags, ["team"]);
    assert.deepEqual((await explorer.getTags({ TimePeriod, TagKey: "team" })).Tags, ["", "blue"]);
  });

  test("a token goes on where a page ended, in the same request only", async () => {
    const request = {
      TimePeriod: { Start: today, End: tomorrow },
      Dimension: "OPERATION",
      MaxResults: 4,
    } as const;
    const first = await explorer.getDimensionValues(request);
    const { NextPageToken } = first;
    assert.equal(first.ReturnSize, 4);
    const rest = await explorer.getDimensionValues({ ...request, NextPageToken });
    assert.equal(rest.NextPageToken, undefined);
    assert.equal(first.ReturnSize + (rest.ReturnSize ?? 0), first.TotalSize);
    await refusedBy(
      explorer.getDimensionValues({ ...request, Dimension: "REGION", NextPageToken }),
      "RequestChangedException",
      "The request has changed since its first page.",
    );
    await refusedBy(
      explorer.getDimensionValues({ ...request, NextPageToken: "nonsense" }),
      "InvalidNextTokenException",
      "The pagination token is invalid.",
    );
  });
});
