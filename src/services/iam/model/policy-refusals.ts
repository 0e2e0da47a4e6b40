/** Why IAM refuses a policy, in its own words. They tell less than ours, and clients compare them. */
import { AwsError } from "../../../base/errors.ts";
import type { JsonObject, JsonValue } from "../../../base/json.ts";
import { isJsonList, isJsonObject } from "../../../base/json.ts";

/** Does what may refuse a policy; its refusal is put in IAM's words where they are known. */
export function inIamWords<T>(document: string, kind: "identity" | "trust", read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof AwsError && cause.name === "MalformedPolicyDocumentException"))
      throw cause;
    const fault = kind === "identity" ? identityFault(document) : trustFault(document);
    throw fault === undefined ? cause : malformedPolicy(fault, { cause });
  }
}

/** The refusal itself. */
export function malformedPolicy(message: string, options?: ErrorOptions): AwsError {
  return new AwsError("MalformedPolicyDocumentException", message, options);
}

/** What is wrong with a policy that is known to be refused: IAM looks for one fault in all statements, then for the next. */
function identityFault(document: string): string {
  const statements = statementsOf(document);
  if (isRepeated(statements)) return "Statement IDs (SID) in a single policy must be unique.";
  for (const fault of faults)
    for (const statement of statements) {
      const found = fault(statement);
      if (found !== undefined) return found;
    }
  return "Syntax errors in policy.";
}

function trustFault(document: string): string | undefined {
  if (parsed(document) === undefined) return "This policy contains invalid Json";
  const names = statementsOf(document).flatMap((statement) => Object.keys(statement));
  const prohibited = names.find((name) => name === "Resource" || name === "NotResource");
  return prohibited === undefined ? undefined : `Has prohibited field ${prohibited}`;
}

function statementsOf(document: string): readonly JsonObject[] {
  const policy = parsed(document);
  if (policy === undefined || !isJsonObject(policy)) return [];
  const { Statement: given = [] } = policy;
  const list: readonly JsonValue[] = isJsonList(given) ? given : [given];
  return list.filter(isJsonObject);
}

function parsed(document: string): JsonValue | undefined {
  try {
    return JSON.parse(document) as JsonValue;
  } catch {
    return undefined;
  }
}

type Fault = (statement: JsonObject) => string | undefined;

const faults: readonly Fault[] = [
  (statement) =>
    "Principal" in statement || "NotPrincipal" in statement
      ? "Policy document should not specify a principal."
      : undefined,
  (statement) => missing(statement, "Action"),
  (statement) => missing(statement, "Resource"),
  (statement) => firstOf(textsOf(statement, "Resource"), resourceFault),
  (statement) => firstOf(textsOf(statement, "Action"), actionFault),
];

function missing(statement: JsonObject, name: "Action" | "Resource"): string | undefined {
  const given = [statement[name], statement[`Not${name}`]].filter((each) => each !== undefined);
  const isEmpty = given.every((each) => isJsonList(each) && each.length === 0);
  return given.length < 2 && isEmpty
    ? `Policy statement must contain ${name.toLowerCase()}s.`
    : undefined;
}

/** The texts of a member or of its Not; none where something else stands among them. */
function textsOf(statement: JsonObject, name: "Action" | "Resource"): readonly string[] {
  const given = statement[name] ?? statement[`Not${name}`] ?? [];
  const list: readonly JsonValue[] = isJsonList(given) ? given : [given];
  const texts = list.filter((each) => typeof each === "string");
  return texts.length === list.length ? texts : [];
}

function firstOf(
  texts: readonly string[],
  fault: (text: string) => string | undefined,
): string | undefined {
  return texts.map(fault).find((each) => each !== undefined);
}

function resourceFault(text: string): string | undefined {
  if (text === "*" || text.startsWith("arn:")) return undefined;
  if (!text.includes(":")) return `Resource ${text} must be in ARN format or "*".`;
  const [, partition = "", ...rest] = text.split(":");
  const shown = ["arn", partition, ...rest, "*", "*", "*", "*"].slice(
    0,
    Math.max(6, rest.length + 2),
  );
  return `Partition "${partition}" is not valid for resource "${shown.join(":")}".`;
}

function actionFault(text: string): string | undefined {
  if (text === "*") return undefined;
  const [vendor = "", ...rest] = text.split(":");
  if (rest.length === 0)
    return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
  if (rest.length > 1) return "Actions/Condition can contain only one colon.";
  return vendor.includes(" ") ? `Vendor ${vendor} is not valid` : undefined;
}

function isRepeated(statements: readonly JsonObject[]): boolean {
  const sids = statements.map(({ Sid }) => Sid).filter((sid) => sid !== undefined && sid !== "");
  return new Set(sids).size < sids.length;
}
