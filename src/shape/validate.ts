import { bareObject } from "../base/bare-object.ts";
import { decodeBase64 } from "../base/bytes.ts";
import { AwsError } from "../base/errors.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import { isJsonObject } from "../base/json.ts";
import type { Shape, StructureShape } from "./shape.ts";

/**
 * Checks a decoded JSON body against a structure and returns it typed: blobs decoded, timestamps as dates, unknown
 * members dropped. Throws SerializationException for a wrong JSON type, ValidationException with every broken constraint
 * in AWS's words (facts: `N validation error(s) detected: …`, lowerCamelCase paths, list elements as `tags.1.member.tagKey`),
 * with the refused values unless the service's refusals leave them out.
 */
export function validate<T>(
  shape: StructureShape<T>,
  body: JsonValue,
  { showsValues = true }: { readonly showsValues?: boolean | undefined } = {},
): T {
  const failures: string[] = [];
  const value = readStructure("", shape, body, { failures, showsValues });
  if (failures.length > 0) {
    const errors = failures.length === 1 ? "error" : "errors";
    throw new AwsError(
      "ValidationException",
      `${failures.length} validation ${errors} detected: ${failures.join("; ")}`,
    );
  }
  return value as T;
}

/** The broken constraints so far, and whether they tell the values that broke them. */
interface Report {
  readonly failures: string[];
  readonly showsValues: boolean;
}

function readStructure(
  path: string,
  shape: StructureShape,
  raw: JsonValue,
  report: Report,
): Readonly<Record<string, unknown>> {
  const body = asObject(raw);
  const value: Record<string, unknown> = {};
  for (const name in shape.members) {
    const member = shape.members[name];
    if (member === undefined) continue;
    const given = body[name];
    if (given !== undefined && given !== null)
      value[name] = read({ path, name }, member, given, report);
    else if (member.required)
      report.failures.push(
        `Value null at '${pathOf({ path, name })}' failed to satisfy constraint: Member must not be null`,
      );
  }
  return value;
}

/** Where a member stands; its path is written only for who needs it. */
interface Position {
  readonly path: string;
  readonly name: string;
}

function pathOf({ path, name }: Position): string {
  return path + name.charAt(0).toLowerCase() + name.slice(1);
}

function read(at: Position, shape: Shape, raw: JsonValue, report: Report): unknown {
  if (shape.kind === "structure") return readStructure(`${pathOf(at)}.`, shape, raw, report);
  if (shape.kind === "list") return readList(pathOf(at), shape, raw, report);
  if (shape.kind === "map") return readMap(at, shape, raw, report);
  const value = readScalar(shape, raw);
  const rules = brokenRules(shape, value);
  for (const rule of rules)
    report.failures.push(clause({ path: pathOf(at), shape, value: show(value), report }, rule));
  return value;
}

function readList(
  path: string,
  shape: Shape & { kind: "list" },
  raw: JsonValue,
  report: Report,
): readonly unknown[] {
  if (!Array.isArray(raw)) throw new AwsError("SerializationException", "Expected list or null");
  const given: readonly JsonValue[] = raw;
  const shown = `[${given.map((each) => show(each)).join(", ")}]`;
  for (const rule of limitRules("length", given.length, shape))
    report.failures.push(clause({ path, shape, value: shown, report }, rule));
  const element = shape.of;
  if (element.kind === "structure")
    return given.map((each, index) =>
      readStructure(`${path}.${index + 1}.member.`, element, each, report),
    );
  const values = given.map((each) => readScalar(element, each));
  const broken = values.find((value) => brokenRules(element, value).length > 0);
  if (broken !== undefined)
    report.failures.push(
      clause(
        { path, shape, value: shown, report },
        `Member must satisfy constraint: [${[...allRules(element), ...rulesOfElements(report)].join(", ")}]`,
      ),
    );
  return values;
}

/** Services that leave the values out tell one rule more of the elements of a list. */
function rulesOfElements({ showsValues }: Report): readonly string[] {
  return showsValues ? none : ["Member must not be null"];
}

function readMap(
  at: Position,
  map: Shape & { kind: "map" },
  raw: JsonValue,
  report: Report,
): Readonly<Record<string, unknown>> {
  const shape = map.value;
  const given = asObject(raw);
  const pairs = bareObject<unknown>();
  let bytes = 0;
  let broken: string | undefined;
  for (const name of Object.keys(given)) {
    const value = readScalar(shape, given[name] ?? null);
    pairs[name] = value;
    bytes += Buffer.byteLength(name, "utf8") + Buffer.byteLength(String(value), "utf8");
    if (broken === undefined && brokenRules(shape, value).length > 0) broken = show(value);
  }
  for (const rule of limitRules("length", bytes, { max: map.bytes ?? bytes }))
    report.failures.push(`Value at '${pathOf(at)}' failed to satisfy constraint: ${rule}`);
  if (broken !== undefined)
    report.failures.push(
      clause(
        { path: pathOf(at), shape, value: broken, report },
        `Map value must satisfy constraint: [${allRules(shape).join(", ")}]`,
      ),
    );
  return pairs;
}

function readScalar(shape: Shape, raw: JsonValue): unknown {
  switch (shape.kind) {
    case "string":
    case "enum":
      return asString(raw);
    case "blob": {
      const bytes = decodeBase64(asString(raw));
      if (bytes === undefined)
        throw new AwsError("SerializationException", "Invalid base64 in a blob member");
      return bytes;
    }
    case "integer":
      if (typeof raw !== "number") throw cannotConvert(raw, "Integer");
      if (!Number.isInteger(raw))
        throw new AwsError("SerializationException", "Expected an integer");
      return raw;
    case "timestamp":
      return asDate(raw);
    case "boolean":
      if (typeof raw !== "boolean") throw cannotConvert(raw, "Boolean");
      return raw;
    case "list":
    case "map":
    case "structure":
      throw new TypeError(`a ${shape.kind} cannot stand inside a list or map`);
    default:
      return shape satisfies never;
  }
}

function brokenRules(shape: Shape, value: unknown): readonly string[] {
  switch (shape.kind) {
    case "string": {
      const limits = limitRules("length", String(value).length, shape);
      const { pattern } = shape;
      if (pattern === undefined || matchesWhole(pattern, String(value))) return limits;
      return [...limits, ...patternRule(pattern)];
    }
    case "blob":
      return limitRules("length", (value as Uint8Array).length, shape);
    case "integer":
      return limitRules("value", Number(value), shape);
    case "enum":
      return shape.values.includes(String(value)) ? none : allRules(shape);
    case "timestamp":
    case "boolean":
    case "list":
    case "map":
    case "structure":
      return none;
    default:
      return shape satisfies never;
  }
}

/** No rule is broken: the usual answer, made once. */
const none: readonly string[] = [];

interface Limits {
  readonly min?: number;
  readonly max?: number;
}

function limitRules(
  of: "length" | "value",
  actual: number,
  { min, max }: Limits,
): readonly string[] {
  if (max !== undefined && actual > max)
    return [`Member must have ${of} less than or equal to ${max}`];
  if (min !== undefined && actual < min)
    return [`Member must have ${of} greater than or equal to ${min}`];
  return none;
}

/** AWS's patterns speak of the whole value, with or without anchors. Where one has alternatives, no two match the beginning of one value, so the first match is the longest. */
function matchesWhole(pattern: RegExp, value: string): boolean {
  return pattern.exec(value)?.[0] === value;
}

function patternRule(pattern: RegExp): readonly string[] {
  return [
    `Member must satisfy regular expression pattern: ${pattern.source.replaceAll("\\/", "/")}`,
  ];
}

/** Every rule of an element's shape, broken or not: what AWS prints for the elements of a list. */
function allRules(shape: Shape): readonly string[] {
  if (shape.kind === "enum")
    return [`Member must satisfy enum value set: [${shape.values.join(", ")}]`];
  const limits: Limits = shape.kind === "string" || shape.kind === "blob" ? shape : {};
  return [
    ...(limits.max === undefined
      ? []
      : [`Member must have length less than or equal to ${limits.max}`]),
    ...(limits.min === undefined
      ? []
      : [`Member must have length greater than or equal to ${limits.min}`]),
    ...(shape.kind === "string" && shape.pattern !== undefined ? patternRule(shape.pattern) : []),
  ];
}

interface Refused {
  readonly path: string;
  readonly shape: Shape;
  readonly value: string;
  readonly report: Report;
}

function clause({ path, shape, value, report }: Refused, rule: string): string {
  const hidden = shape.sensitive || shape.kind === "blob" || !report.showsValues;
  const shown = hidden ? "" : ` '${value}'`;
  return `Value${shown} at '${path}' failed to satisfy constraint: ${rule}`;
}

function show(value: unknown): string {
  return typeof value === "object" ? "" : String(value);
}

function asObject(raw: JsonValue): JsonObject {
  if (Array.isArray(raw))
    throw new AwsError("SerializationException", "Start of list found where not expected");
  if (!isJsonObject(raw)) throw new AwsError("SerializationException", "Expected map or null");
  return raw;
}

function asString(raw: JsonValue): string {
  if (typeof raw !== "string") throw cannotConvert(raw, "String");
  return raw;
}

/** Epoch seconds, with or without a fraction. */
function asDate(raw: JsonValue): Date {
  if (typeof raw !== "number") throw cannotConvert(raw, "Timestamp");
  const date = new Date(Math.round(raw * 1000));
  if (Number.isNaN(date.getTime()))
    throw new AwsError("SerializationException", "Timestamp out of range");
  return date;
}

function cannotConvert(raw: JsonValue, wanted: string): AwsError {
  return new AwsError("SerializationException", unexpected(raw, wanted));
}

function unexpected(raw: JsonValue, wanted: string): string {
  if (Array.isArray(raw)) return "Start of list found where not expected";
  if (isJsonObject(raw)) return "Start of structure or map found where not expected.";
  const given = typeof raw === "boolean" || raw === null ? String(raw) : typeof raw;
  return `${given.toUpperCase()}_VALUE can not be converted to ${wanted}`;
}
