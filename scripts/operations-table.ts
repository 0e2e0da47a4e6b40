import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import * as kmsSdk from "@aws-sdk/client-kms";
import type { AnyOperation } from "../src/api/operation.ts";
import { operations as cloudtrail } from "../src/services/cloudtrail/operations.ts";
import { operations as costExplorer } from "../src/services/cost-explorer/operations.ts";
import type { KeyDemand } from "../src/services/kms/operation.ts";
import { operations as kms } from "../src/services/kms/operations.ts";
import { operations as organizations } from "../src/services/organizations/operations.ts";
import { operations as s3 } from "../src/services/s3/operations.ts";
import { operations as sts } from "../src/services/sts/operations.ts";

/** Writes the tables of docs/operations.md from the registries, AWS's own SDK and the tests; a test fails when they have drifted. */

const root = new URL("../", import.meta.url);
const page = fileURLToPath(new URL("docs/operations.md", root));
const begin = "<!-- operations -->";
const end = "<!-- /operations -->";
const mostNamed = 3;

/** The operations that AWS's SDK has a command for. */
export const sdkOperations: readonly string[] = Object.keys(kmsSdk)
  .flatMap((name) => /^([A-Z]\w+)Command$/.exec(name)?.[1] ?? [])
  .toSorted();

/** The operations that are answered. */
export const answered: ReadonlySet<string> = new Set(kms.map(({ name }) => name));

interface TestFile {
  readonly name: string;
  readonly text: string;
}

const testFiles = (pattern: string): readonly TestFile[] =>
  globSync(pattern, { cwd: fileURLToPath(root), exclude: ["**/node_modules"] })
    .toSorted()
    .map((path) => ({
      name: basename(path).replace(/(\.test)?\.\w+$/, ""),
      text: readFileSync(new URL(path, root), "utf8"),
    }));

/** The tests that use AWS's SDK, and those that use boto3. */
const sdkTests = testFiles("test/**/*.ts").filter(({ text }) =>
  /@aws-sdk\/client-|\bconnect\(/.test(text),
);
const boto3Tests = testFiles("test/**/*.py");

/** The test files that call an operation through AWS's SDK, by its name or as a row of a table, those with the most calls first. */
export function sdkTestsOf(operation: string): readonly string[] {
  const method = operation.charAt(0).toLowerCase() + operation.slice(1);
  const call = `\\.${method}\\(|\\bnew ${operation}Command\\(|\\boperation: "${operation}"`;
  return calling(sdkTests, new RegExp(call, "g"));
}

/** The test files that call an operation through boto3, in the same two ways. */
export function boto3TestsOf(operation: string): readonly string[] {
  const method = operation.replaceAll(/(?<=.)[A-Z]/g, "_$&").toLowerCase();
  return calling(boto3Tests, new RegExp(`\\.${method}\\(|^ +"${operation}": `, "gm"));
}

function calling(files: readonly TestFile[], call: RegExp): readonly string[] {
  return files
    .map(({ name, text }) => ({ name, calls: [...text.matchAll(call)].length }))
    .filter(({ calls }) => calls > 0)
    .toSorted((a, b) => b.calls - a.calls)
    .map(({ name }) => name);
}

/** docs/operations.md with its tables as everything is now. */
export function operationsPage(text: string): string {
  const [before = "", rest = ""] = text.split(begin);
  const after = rest.split(end)[1] ?? "";
  const names = new Set([...sdkOperations, ...answered]);
  const tables = [
    `## KMS\n\n${table([...names].toSorted(), kms)}`,
    `## STS\n\n${table(
      sts.map(({ name }) => name),
      sts,
    )}`,
    `## Organizations\n\n${table(
      organizations.map(({ name }) => name),
      organizations,
    )}`,
    `## S3\n\n${table(
      s3.map(({ name }) => name),
      s3,
    )}`,
    `## Cost Explorer\n\n${table(
      costExplorer.map(({ name }) => name),
      costExplorer,
    )}`,
    `## CloudTrail\n\n${table(
      cloudtrail.map(({ name }) => name),
      cloudtrail,
    )}`,
  ];
  return `${before}${begin}\n\n${tables.join("\n\n")}\n\n${end}${after}`;
}

const columns = [
  "Operation",
  "Permission",
  "On",
  "Other accounts",
  "DryRun",
  "Grant operation",
  "States",
  "Key usage",
  "Audit",
  "Tests (SDK)",
  "Tests (boto3)",
];

function table(names: readonly string[], operations: readonly AnyOperation[]): string {
  const rows = names.map((name) => {
    const operation = operations.find((each) => each.name === name);
    const cells = operation === undefined ? missing : cellsOf(operation);
    return [name, ...cells, named(sdkTestsOf(name)), named(boto3TestsOf(name))];
  });
  const lines = [columns, columns.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const missing = ["**missing**", ...Array<string>(7).fill("")];

function cellsOf(operation: AnyOperation): readonly string[] {
  const demands = Object.entries(operation.keys).map(
    ([name, demand]) => [name, demand as KeyDemand<unknown>] as const,
  );
  const ofKeys = (text: (demand: KeyDemand<unknown>) => string | undefined): string =>
    different(demands.map(([name, demand]) => [name, text(demand) ?? ""]));
  const identity = operation.identity ?? [];
  const actions = new Set([...demands.map(([, demand]) => demand), ...identity].map(actionOf));
  return [
    actions.size === 0 ? "none" : [...actions].join(", "),
    demands.length > 0
      ? demands.map(([name]) => name).join(", ")
      : identity.length > 0
        ? "account"
        : "",
    yes(demands.some(([, demand]) => demand.crossAccount)),
    yes("DryRun" in operation.input.members),
    ofKeys(({ grantOperation }) => grantOperation),
    ofKeys(({ states }) => (states === "any" ? "any" : states?.join(", "))),
    ofKeys(({ usage }) => usage),
    auditOf(operation),
  ];
}

const actionOf = ({ action }: { readonly action: string }): string => action;
const yes = (value: boolean): string => (value ? "yes" : "");

/** One text where all keys of an operation have the same, else each under its name. */
function different(texts: readonly (readonly [name: string, text: string])[]): string {
  const said = texts.filter(([, text]) => text !== "");
  if (new Set(texts.map(([, text]) => text)).size <= 1) return said[0]?.[1] ?? "";
  return said.map(([name, text]) => `${name}: ${text}`).join("; ");
}

function auditOf({ readOnly, audit }: AnyOperation): string {
  const parameters = audit.request.map(String);
  return [
    readOnly ? "read" : "write",
    ...(parameters.length === 0 ? [] : [parameters.join(", ")]),
    ...(audit.response === undefined ? [] : ["answer"]),
  ].join("; ");
}

function named(files: readonly string[]): string {
  const more = files.length - mostNamed;
  return [...files.slice(0, mostNamed), ...(more > 0 ? ["…"] : [])].join(", ");
}

if (import.meta.main) writeFileSync(page, operationsPage(readFileSync(page, "utf8")));
