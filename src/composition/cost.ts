import { existsSync } from "node:fs";
import { OperatorError } from "../base/errors.ts";
import type { CostQuestion, CostReport, CostRow } from "../cli/commands.ts";
import type { Config } from "../config.ts";
import { UsageTables } from "../database/log/usage-tables.ts";
import { SqliteConnection } from "../database/sqlite.ts";
import type { CostLine } from "../services/cost-explorer/model/costs.ts";
import { costLines } from "../services/cost-explorer/model/costs.ts";
import { fixedAmount, formatAmount } from "../services/cost-explorer/model/money.ts";
import { monthOf, nextMonth } from "../services/cost-explorer/model/periods.ts";
import { existingFolder } from "./deployment.ts";
import { readPrices } from "./prices.ts";

const cents = 2;

/** What the use of keys in a month would have cost on AWS. It reads what is counted, beside a running server or without one. */
export function reportCost(
  config: Config,
  { within, account }: CostQuestion,
  clock: () => Date,
): CostReport {
  const span = { from: monthOf(within), to: nextMonth(within) };
  const now = clock().getTime() / 1_000;
  const prices = readPrices(config.prices);
  const found = withUsage(config, (tables) => {
    const accounts = account === undefined ? tables.accounts() : [account];
    const counts = tables.counts(accounts, span.from, span.to);
    return { counts, keyTimes: tables.keyTimes(accounts, span.from, span.to) };
  });
  const lines = [...costLines({ ...found, prices, now }, [span])];
  const total = lines.reduce((sum, { cost }) => sum + cost, 0n);
  return {
    month: new Date(span.from * 1_000).toISOString().slice(0, 7),
    unfinished: now < span.to,
    total: fixedAmount(total, cents),
    rows: rowsOf(lines),
  };
}

function withUsage<T>(config: Config, read: (tables: UsageTables) => T): T {
  const { index } = existingFolder(config);
  if (!existsSync(index))
    throw new OperatorError(`nothing has been counted yet: there is no ${index}`);
  const connection = new SqliteConnection(index, "read");
  try {
    return read(new UsageTables(connection));
  } finally {
    connection.close();
  }
}

/** Requests of all kinds together for each operation, the dearest rows first. */
function rowsOf(lines: readonly CostLine[]): readonly CostRow[] {
  const groups = Map.groupBy(lines, ({ account, region, key, operation, unit }) =>
    JSON.stringify([account, region, key, operation, unit]),
  );
  const sums = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const quantity = group.reduce((sum, each) => sum + each.quantity, 0n);
    return [{ ...first, quantity, cost: group.reduce((sum, each) => sum + each.cost, 0n) }];
  });
  const dearest = sums.toSorted(
    (a, b) => Number(b.cost - a.cost) || Number(b.quantity - a.quantity),
  );
  return dearest.map(({ account, region, key, operation, unit, quantity, cost }) => ({
    account,
    region,
    key,
    operation: unit === "Keys" ? "" : operation,
    quantity: formatAmount(quantity, 4),
    unit,
    cost: formatAmount(cost),
  }));
}
