import * as assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { KeyTime } from "../../../audit/key-times.ts";
import type { UsageCount } from "../../../audit/usage.ts";
import type { Usage } from "./costs.ts";
import { costLines } from "./costs.ts";
import { formatAmount, one, parseAmount } from "./money.ts";
import type { Span } from "./periods.ts";
import { hoursInMonth, monthOf, nextMonth, piecesOf } from "./periods.ts";
import type { PriceList, Prices, Rates } from "./prices.ts";

const account = "111122223333";
const key = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const at = (text: string): number => Date.parse(text) / 1_000;
const later = at("2100-01-01T00:00:00Z");
const hour = 3_600;

const dollars = (text: string): bigint => parseAmount(text) ?? assert.fail(text);
const rates: Rates = {
  keyMonth: dollars("1"),
  rotationMonth: dollars("1"),
  requests: dollars("0.000003"),
  rsa2048Requests: dollars("0.000003"),
  asymmetricRequests: dollars("0.000015"),
  eccKeyPairs: dollars("0.00001"),
  rsaKeyPairs: dollars("0.0012"),
};
const list: PriceList = { from: at("2014-11-12"), freeRequests: 20_000, rates, regions: {} };
const prices: Prices = [list];

function lasts(from: string, until?: string, more: Partial<KeyTime> = {}): KeyTime {
  const times = { from: at(from), until: until === undefined ? undefined : at(until) };
  const spec = "SYMMETRIC_DEFAULT";
  return { account, region: "us-east-1", key, spec, rotations: [], tags: {}, ...times, ...more };
}

function calls(time: string, count: number, more: Partial<UsageCount> = {}): UsageCount {
  return {
    hour: Math.floor(at(time) / hour) * hour,
    account,
    region: "us-east-1",
    key,
    spec: "SYMMETRIC_DEFAULT",
    eventSource: "kms.amazonaws.com",
    operation: "Decrypt",
    via: "",
    billable: true,
    count,
    ...more,
  };
}

const month = (text: string): Span => ({ from: at(`${text}-01`), to: nextMonth(at(`${text}-01`)) });

function cost(usage: Partial<Usage>, spans: readonly Span[] = [month("2026-11")]): string {
  const whole = { counts: [], keyTimes: [], prices, now: later, ...usage };
  return formatAmount([...costLines(whole, spans)].reduce((sum, line) => sum + line.cost, 0n));
}

test("one key and two million billable decrypts in a month of 30 days are 6.94 dollars", () => {
  const counts = Array.from({ length: 720 }, (_, index) =>
    calls(new Date((at("2026-11-01") + index * hour) * 1_000).toISOString(), 2_777 + (index % 2)),
  );
  const missing = 2_000_000 - counts.reduce((sum, { count }) => sum + count, 0);
  counts.push(calls("2026-11-30T23:00:00Z", missing));
  assert.equal(cost({ counts, keyTimes: [lasts("2026-11-01")] }), "6.94");
});

test("a key for a whole month is a dollar, whether the month has 28, 30 or 31 days", () => {
  for (const name of ["2026-02", "2026-11", "2026-12"])
    assert.equal(cost({ keyTimes: [lasts("2020-01-01")] }, [month(name)]), "1", name);
});

test("part of a month is prorated by the hours begun", () => {
  const half = [lasts("2026-11-16")];
  assert.equal(cost({ keyTimes: half }), "0.5");
  const moment = [lasts("2026-11-16T10:59:59Z", "2026-11-16T11:00:01Z")];
  assert.equal(cost({ keyTimes: moment }), formatAmount((2n * one) / 720n));
  assert.equal(cost({ keyTimes: [lasts("2026-11-16", "2026-11-16")] }), "0");
});

test("what is still to come costs nothing yet", () => {
  const now = at("2026-11-16");
  assert.equal(cost({ keyTimes: [lasts("2026-11-01")], now }), "0.5");
});

test("the first and the second rotation add a dollar a month each, further ones nothing", () => {
  const rotations = ["2026-11-01", "2026-11-16", "2026-11-17", "2026-11-18"].map(at);
  const rotated = (count: number) => [
    lasts("2026-11-01", undefined, { rotations: rotations.slice(0, count) }),
  ];
  assert.equal(cost({ keyTimes: rotated(0) }), "1");
  assert.equal(cost({ keyTimes: rotated(1) }), "2");
  assert.equal(cost({ keyTimes: rotated(2) }), "2.5");
  assert.equal(cost({ keyTimes: rotated(4) }), "2.5");
  assert.equal(cost({ keyTimes: rotated(4) }, [month("2026-12")]), "3");
});

test("old material that a key was made with costs from the key's beginning on", () => {
  const replica = lasts("2026-11-16", undefined, { rotations: [at("2026-11-01")] });
  assert.equal(cost({ keyTimes: [replica] }), "1");
});

test("keys that last through a span cost the same as any, each by its region and rotations", () => {
  const rotations = [at("2026-01-01")];
  const keyTimes = [
    lasts("2025-01-01"),
    lasts("2025-01-01"),
    lasts("2025-01-01", undefined, { rotations }),
    lasts("2025-01-01", undefined, { region: "eu-west-1" }),
  ];
  const regions = { "eu-west-1": { keyMonth: dollars("4") } };
  assert.equal(cost({ keyTimes, prices: [{ ...list, regions }] }), "8");
});

test("the first 20,000 requests of an account's month are free, over all regions and keys", () => {
  const counts = [
    calls("2026-10-31T23:00:00Z", 20_000),
    calls("2026-11-01T00:00:00Z", 15_000),
    calls("2026-11-02T00:00:00Z", 15_000, { region: "eu-west-1", key: "" }),
    calls("2026-11-02T00:00:00Z", 20_000, { account: "444455556666" }),
  ];
  assert.equal(cost({ counts }), "0.03");
});

test("requests before a span's beginning use up what is free in its month", () => {
  const counts = [calls("2026-11-01T00:00:00Z", 20_000), calls("2026-11-20T00:00:00Z", 10_000)];
  const late = { from: at("2026-11-20"), to: at("2026-11-21") };
  assert.equal(cost({ counts }, [late]), "0.03");
});

test("requests to asymmetric keys and for key pairs have prices of their own and are never free", () => {
  const price = (operation: string, spec: string) =>
    cost({ counts: [calls("2026-11-01T00:00:00Z", 10_000, { operation, spec })] });
  assert.equal(price("Sign", "RSA_2048"), "0.03");
  assert.equal(price("Sign", "RSA_4096"), "0.15");
  assert.equal(price("GetPublicKey", "ECC_NIST_P256"), "0.15");
  assert.equal(price("Decrypt", "RSA_3072"), "0.15");
  assert.equal(price("GenerateDataKeyPair", "ECC_NIST_P256"), "0.1");
  assert.equal(price("GenerateDataKeyPairWithoutPlaintext", "RSA_4096"), "12");
  assert.equal(price("GenerateMac", "HMAC_256"), "0");
  assert.equal(price("DescribeKey", "RSA_4096"), "0");
});

test("calls that are not billable, and calls of other services, cost nothing", () => {
  const counts = [
    calls("2026-11-01T00:00:00Z", 1_000_000, { billable: false }),
    calls("2026-11-01T00:00:00Z", 1_000_000, { eventSource: "sts.amazonaws.com" }),
  ];
  assert.equal(cost({ counts }), "0");
});

test("each hour has the prices of its day and its region", () => {
  const dearer: PriceList = {
    ...list,
    from: at("2026-11-16"),
    rates: { ...rates, keyMonth: dollars("2") },
    regions: { "eu-west-1": { keyMonth: dollars("4") } },
  };
  const changed: Prices = [list, dearer];
  const elsewhere = { region: "eu-west-1", key: key.replace("us-east-1", "eu-west-1") };
  assert.equal(cost({ keyTimes: [lasts("2026-01-01")], prices: changed }), "1.5");
  assert.equal(
    cost({ keyTimes: [lasts("2026-01-01", undefined, elsewhere)], prices: changed }),
    "2.5",
  );
});

test("lines name what AWS's bills name", () => {
  const counts = [calls("2026-11-01T00:00:00Z", 5)];
  const usage = { counts, keyTimes: [lasts("2026-11-01")], prices, now: later };
  const shown = [...costLines(usage, [month("2026-11")])].map(({ usageType, operation, unit }) => [
    usageType,
    operation,
    unit,
  ]);
  assert.deepEqual(shown, [
    ["us-east-1-KMS-Keys", "Unknown", "Keys"],
    ["us-east-1-KMS-Requests", "Decrypt", "Requests"],
  ]);
});

const moments = fc.integer({ min: at("2025-12-01"), max: at("2027-02-01") });

test("law: a month costs as much as its days, and these as much as their hours", () => {
  const arbitrary = fc.record({
    span: fc.constantFrom("2026-01", "2026-02", "2026-04", "2028-02").map(month),
    from: moments,
    length: fc.integer({ min: 0, max: 90 * 24 * hour }),
    rotations: fc.array(moments, { maxLength: 4 }),
    hours: fc.array(fc.tuple(moments, fc.integer({ min: 1, max: 30_000 })), { maxLength: 8 }),
  });
  fc.assert(
    fc.property(arbitrary, ({ span, from, length, rotations, hours }) => {
      const sorted = rotations.toSorted((a, b) => a - b);
      const time = { ...lasts("2026-01-01"), from, until: from + length, rotations: sorted };
      const counts = hours
        .map(([second, count]) => calls(new Date(second * 1_000).toISOString(), count))
        .toSorted((a, b) => a.hour - b.hour)
        .filter((each) => each.hour >= monthOf(span.from));
      const total = (granularity: "DAILY" | "HOURLY" | "MONTHLY") =>
        cost({ counts, keyTimes: [time] }, piecesOf(span, granularity));
      assert.equal(total("DAILY"), total("MONTHLY"));
      assert.equal(total("HOURLY"), total("MONTHLY"));
    }),
    { numRuns: 100 },
  );
});

test("law: a key costs a dollar for each month that it lasts, and never more", () => {
  fc.assert(
    fc.property(moments, fc.integer({ min: 0, max: 400 * 24 * hour }), (from, length) => {
      const keyTimes = [{ ...lasts("2026-01-01"), from, until: from + length }];
      const first = monthOf(from);
      const end = nextMonth(from + length);
      for (let start = first; start < end; start = nextMonth(start)) {
        const whole = from <= start && from + length >= nextMonth(start);
        const usage = { counts: [], keyTimes, prices, now: later };
        const lines = [...costLines(usage, [{ from: start, to: nextMonth(start) }])];
        const spent = lines.reduce((sum, line) => sum + line.cost, 0n);
        assert.ok(spent <= one && (whole ? spent === one : true));
        const begun = Math.min(from + length, nextMonth(start)) - Math.max(from, start);
        const hours = Math.max(0, begun) / hour;
        const exact = (hours / hoursInMonth(start)) * 1e18;
        assert.ok(Number(spent) >= exact - 1e6, "no hour is lost");
        assert.ok(Number(spent) <= exact + (2 * 1e18) / hoursInMonth(start), "two at most begun");
      }
    }),
    { numRuns: 200 },
  );
});
