import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { AnyOperation } from "../src/api/operation.ts";
import { operations as kms } from "../src/services/kms/operations.ts";
import { operations as sts } from "../src/services/sts/operations.ts";

/** Writes the tables of docs/operations.md from the registries; a test fails when they have drifted. */

const page = fileURLToPath(new URL("../docs/operations.md", import.meta.url));
const begin = "<!-- operations -->";
const end = "<!-- /operations -->";

const services: readonly (readonly [string, readonly AnyOperation[]])[] = [
  ["KMS", kms],
  ["STS", sts],
];

/** docs/operations.md with its tables as the registries are now. */
export function operationsPage(text: string): string {
  const [before = "", rest = ""] = text.split(begin);
  const after = rest.split(end)[1] ?? "";
  const tables = services
    .map(([name, operations]) => `## ${name}\n\n${table(operations)}`)
    .join("\n\n");
  return `${before}${begin}\n\n${tables}\n\n${end}${after}`;
}

function table(operations: readonly AnyOperation[]): string {
  const head =
    "| Operation | Permission | On | DryRun | Through grants | Other accounts | Audit parameters |\n|---|---|---|---|---|---|---|";
  const rows = operations.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(row);
  return [head, ...rows].join("\n");
}

function row(operation: AnyOperation): string {
  const demands = Object.values(operation.keys);
  const identity = operation.identity ?? [];
  const actions = [...new Set([...demands, ...identity].map((each) => each.action))];
  const on =
    demands.length > 0
      ? Object.keys(operation.keys).join(", ")
      : identity.length > 0
        ? "account"
        : "";
  const yes = (value: boolean): string => (value ? "yes" : "");
  return `| ${[
    operation.name,
    actions.length === 0 ? "none" : actions.join(", "),
    on,
    yes("DryRun" in operation.input.members),
    yes(demands.some((demand) => demand.grantOperation !== undefined)),
    yes(demands.some((demand) => demand.crossAccount)),
    operation.audit.request.map(String).join(", "),
  ].join(" | ")} |`;
}

if (import.meta.main) writeFileSync(page, operationsPage(readFileSync(page, "utf8")));
