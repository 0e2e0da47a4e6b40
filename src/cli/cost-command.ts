import { costQuestion } from "./arguments.ts";
import type { Command } from "./command.ts";
import { value } from "./command.ts";
import type { CostReport, CostRow } from "./commands.ts";

/** Says what the use of keys would have cost on AWS. */
export const cost: Command = {
  name: "cost",
  summary: "what a month's use of keys would have cost on AWS",
  details:
    "You pay nothing: this is for planning, and for charging back what teams use. Counted from the audit records, beside a running " +
    "server or without one; the prices are AWS's, or those of --prices.",
  arguments: [
    value("--month", "YYYY-MM", "which month (default: this one)"),
    value("--account", "ID", "only this account"),
    { flag: "--json", takes: "nothing", placeholder: "", summary: "print JSON" },
  ],
  examples: ["keywright cost", "keywright cost --month 2026-10 --account 111122223333 --json"],
  async perform({ config, values, commands, io }) {
    const report = commands.cost(config, costQuestion(values, io.clock()), io);
    const lines = values.has("--json") ? [JSON.stringify(report)] : printed(report);
    for (const line of lines) io.out(line);
    return 0;
  },
};

function printed({ month, unfinished, total, rows }: CostReport): readonly string[] {
  const time = unfinished ? `${month} so far` : month;
  const sentence = `On AWS, ${time} would have cost ${total} USD. You pay nothing.`;
  if (rows.length === 0) return [sentence];
  const table = [["USD", "ACCOUNT", "QUANTITY", "OPERATION", "KEY"], ...rows.map(cellsOf)];
  const widths = table[0]?.map((_, column) =>
    Math.max(...table.map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [sentence, "", ...table.map(line)];
}

function cellsOf({ cost, account, quantity, unit, operation, key, region }: CostRow) {
  const counted = unit === "Keys" ? `${quantity} months` : quantity;
  const used = operation === "" ? "(the key itself)" : operation;
  return [cost, account, counted, used, key === "" ? `(no key, ${region})` : key];
}
