/** Policy documents as text, in the layout of AWS's answers. */
import type { JsonValue } from "../base/json.ts";
import { isJsonList, isJsonObject } from "../base/json.ts";
import type { PolicyDocument, Statement } from "./policy-document.ts";

const statementOrder = [
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
] as const satisfies readonly (keyof Statement)[];

/** Writes a policy as AWS returns it: two spaces for each object, ` : ` after names, lists on one line. */
export function formatPolicy(document: PolicyDocument): string {
  const ordered = {
    ...pick(document, ["Version", "Id"]),
    Statement: document.Statement.map((statement) => pick(statement, statementOrder)),
  };
  return format(ordered, "\n");
}

function pick(
  source: Readonly<Record<string, JsonValue>>,
  names: readonly string[],
): Readonly<Record<string, JsonValue>> {
  const picked: Record<string, JsonValue> = {};
  for (const name of names) {
    const value = source[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

/** `line` is a line feed and the indentation of the object around. */
function format(value: JsonValue, line: string): string {
  if (isJsonList(value))
    return value.length === 0 ? "[ ]" : `[ ${value.map((each) => format(each, line)).join(", ")} ]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const inner = `${line}  `;
  const members = Object.entries(value).map(
    ([name, member]) => `${inner}${JSON.stringify(name)} : ${format(member, inner)}`,
  );
  return members.length === 0 ? "{ }" : `{${members.join(",")}${line}}`;
}
