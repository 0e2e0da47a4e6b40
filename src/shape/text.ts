import { bareObject } from "../base/bare-object.ts";
import type { JsonValue } from "../base/json.ts";
import { isJsonObject } from "../base/json.ts";
import type { Shape } from "./shape.ts";

/**
 * Gives the texts of a query-protocol request the JSON types that a shape expects: numbers, booleans, and ISO 8601 moments as
 * epoch seconds. Text that does not fit stays as it is, for `validate` to refuse.
 */
export function fromText(shape: Shape, given: JsonValue): JsonValue {
  if (typeof given === "string") return fromScalar(shape, given);
  if (shape.kind === "list" && Array.isArray(given))
    return given.map((each: JsonValue) => fromText(shape.of, each));
  if (shape.kind !== "structure" || !isJsonObject(given)) return given;
  const members = bareObject<JsonValue>();
  for (const [name, value] of Object.entries(given)) {
    const member = shape.members[name];
    members[name] = member === undefined ? value : fromText(member, value);
  }
  return members;
}

function fromScalar(shape: Shape, text: string): JsonValue {
  switch (shape.kind) {
    case "integer":
      return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" || text === "false" ? text === "true" : text;
    case "timestamp":
      return epochSeconds(text) ?? text;
    case "list":
      // A list without elements is sent as a name without a value.
      return text === "" ? [] : text;
    case "string":
    case "enum":
    case "blob":
    case "map":
    case "structure":
      return text;
    default:
      return shape satisfies never;
  }
}

function epochSeconds(text: string): number | undefined {
  const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d))?$/;
  const time = iso.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time / 1000;
}
