import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { OperatorError } from "../../src/base/errors.ts";
import { readPrices } from "../../src/composition/prices.ts";
import { formatAmount } from "../../src/services/cost-explorer/model/money.ts";
import { pricesAt, rateIn, rateNames } from "../../src/services/cost-explorer/model/prices.ts";

const folder = mkdtempSync(join(tmpdir(), "keywright-prices-"));
const path = join(folder, "prices.yaml");
after(() => rmSync(folder, { recursive: true }));

function read(text: string) {
  writeFileSync(path, text);
  return readPrices(path);
}

const entry = (from: string, keyMonth = "1.00", more = ""): string => `- from: "${from}"
  freeRequests: 20000
  keyMonth: ${keyMonth}
  rotationMonth: 1.00
  requests: 0.03
  rsa2048Requests: 0.03
  asymmetricRequests: 0.15
  eccKeyPairs: 0.10
  rsaKeyPairs: 12.00
${more}`;

const seconds = (day: string): number => Date.parse(day) / 1_000;

test("without a file AWS's prices hold", () => {
  const list = pricesAt(readPrices(), seconds("2026-11-22"));
  assert.equal(list.freeRequests, 20_000);
  assert.deepEqual(
    rateNames.map((name) => [name, formatAmount(rateIn(list, "us-east-1", name))]),
    [
      ["keyMonth", "1"],
      ["rotationMonth", "1"],
      ["requests", "0.000003"],
      ["rsa2048Requests", "0.000003"],
      ["asymmetricRequests", "0.000015"],
      ["eccKeyPairs", "0.00001"],
      ["rsaKeyPairs", "0.0012"],
    ],
  );
});

test("prices hold from their day until that of the next ones, and the oldest before it", () => {
  const prices = read(entry("2025-01-01") + entry("2026-03-01", "2.50"));
  const keyMonth = (day: string) =>
    formatAmount(rateIn(pricesAt(prices, seconds(day)), "us-east-1", "keyMonth"));
  assert.deepEqual(["2020-01-01", "2026-02-28", "2026-03-01"].map(keyMonth), ["1", "1", "2.5"]);
});

test("a region's own prices go before the others, which hold for the rest", () => {
  const [list] = read(
    entry("2025-01-01", "1.00", "  regions: { eu-west-1: { requests: 0.06 } }\n"),
  );
  assert.equal(formatAmount(rateIn(list, "eu-west-1", "requests")), "0.000006");
  assert.equal(formatAmount(rateIn(list, "eu-west-1", "keyMonth")), "1");
  assert.equal(formatAmount(rateIn(list, "us-east-1", "requests")), "0.000003");
});

for (const [what, text, problem] of [
  ["no entries", "[]", "there are no prices in it"],
  [
    "an amount that is none",
    entry("2025-01-01", "a lot"),
    ":3: `keyMonth` must be dollars such as 0.03, with at most 10 decimals",
  ],
  ["a negative amount", entry("2025-01-01", "-1"), ":3: `keyMonth` must be dollars"],
  [
    "a day that does not exist",
    entry("2025-02-30"),
    ':1: `from` must be a day such as "2026-01-31"',
  ],
  [
    "days out of order",
    entry("2026-01-01") + entry("2025-01-01"),
    "entries must stand in the order of their days, each day once",
  ],
  [
    "a day twice",
    entry("2026-01-01") + entry("2026-01-01"),
    "entries must stand in the order of their days, each day once",
  ],
  [
    "an unknown member",
    `${entry("2025-01-01")}  keyMonths: 12\n`,
    ":10: unknown member; did you mean `keyMonth`?",
  ],
  ["a member that is missing", '- from: "2025-01-01"\n', ":1: `freeRequests` is missing"],
  [
    "a region that is none",
    entry("2025-01-01", "1", "  regions:\n    moon: {}\n"),
    ":11: names in `regions` must be regions, such as eu-central-1",
  ],
] as const) {
  test(`refused with its line: ${what}`, () => {
    assert.throws(
      () => read(text),
      (error) =>
        error instanceof OperatorError &&
        error.message.includes(`prices.yaml${problem.startsWith(":") ? "" : ":"}`) &&
        error.message.includes(problem),
    );
  });
}
