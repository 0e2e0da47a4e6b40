import type { JsonObject, JsonValue } from "../../../base/json.ts";
import { isJsonObject } from "../../../base/json.ts";
import type {
  AdvancedSelector,
  EventSelector,
  FieldSelector,
  SelectorOperator,
} from "./selectors.ts";
import { usualSelectors } from "./selectors.ts";
import type { Trail } from "./trail.ts";

/** Services that belong to no region: trails can leave them out. */
const globalSources: readonly JsonValue[] = [
  "iam.amazonaws.com",
  "sts.amazonaws.com",
  "cloudfront.amazonaws.com",
  "organizations.amazonaws.com",
];

/** Whether a trail delivers an event of its account. */
export function selects(
  { homeRegion, multiRegion, globalEvents, recursive, selectors = usualSelectors }: Trail,
  record: JsonObject,
): boolean {
  if (!multiRegion && record["awsRegion"] !== homeRegion) return false;
  if (!globalEvents && globalSources.includes(record["eventSource"] ?? "")) return false;
  if (recursive === false && record["sourceIPAddress"] === "cloudtrail.amazonaws.com") return false;
  return "basic" in selectors
    ? selectors.basic.some((selector) => basicSelects(selector, record))
    : selectors.advanced.some((selector) => advancedSelects(selector, record));
}

function basicSelects(
  { readWrite, management, dataResources, excluded }: EventSelector,
  record: JsonObject,
): boolean {
  const readOnly = record["readOnly"] === true;
  if (readWrite === (readOnly ? "WriteOnly" : "ReadOnly")) return false;
  if (record["eventCategory"] === "Management")
    return management && !excluded.includes(String(record["eventSource"]));
  return valuesOf(record, "resources.ARN").some((arn) =>
    dataResources.some(({ values }) => values.some((value) => arn.startsWith(value))),
  );
}

function advancedSelects({ fields }: AdvancedSelector, record: JsonObject): boolean {
  return fields.every((field) => fieldSelects(field, valuesOf(record, field.field)));
}

/** All operators of a field must hold; one of several wanted values is enough, and none of the unwanted may be there. */
function fieldSelects({ conditions }: FieldSelector, values: readonly string[]): boolean {
  return Object.entries(conditions).every(([name, wanted]) => {
    const { unwanted, holds } = operators[name as SelectorOperator];
    const met = values.some((value) => wanted.some((each) => holds(value, each)));
    return unwanted === true ? !met : met;
  });
}

interface OperatorRow {
  readonly holds: (value: string, wanted: string) => boolean;
  readonly unwanted?: true;
}

const equals: OperatorRow["holds"] = (value, wanted) => value === wanted;
const starts: OperatorRow["holds"] = (value, wanted) => value.startsWith(wanted);
const ends: OperatorRow["holds"] = (value, wanted) => value.endsWith(wanted);

const operators: Readonly<Record<SelectorOperator, OperatorRow>> = {
  Equals: { holds: equals },
  StartsWith: { holds: starts },
  EndsWith: { holds: ends },
  NotEquals: { holds: equals, unwanted: true },
  NotStartsWith: { holds: starts, unwanted: true },
  NotEndsWith: { holds: ends, unwanted: true },
};

/** What an event has in a field, as text. */
function valuesOf(record: JsonObject, field: string): readonly string[] {
  if (!field.startsWith("resources.")) {
    const value = record[field];
    return value === undefined ? [] : [String(value)];
  }
  const resources = record["resources"];
  const name = field.slice("resources.".length);
  if (!Array.isArray(resources)) return [];
  return resources.flatMap((each: JsonValue) => {
    const value = isJsonObject(each) ? each[name] : undefined;
    return typeof value === "string" ? [value] : [];
  });
}
