import type { JsonObject, JsonValue } from "../base/json.ts";
import type { Shape, StructureShape } from "../shape/shape.ts";

/**
 * The listed members of a structure as CloudTrail writes them: names in lowerCamelCase, dates as Java text, pairs of maps
 * as they are. Bytes and sensitive members are left out, whatever the list says.
 */
export function auditMembers(
  shape: StructureShape,
  names: readonly PropertyKey[],
  value: Readonly<Record<string, unknown>>,
): JsonObject {
  const members: Record<string, JsonValue> = {};
  for (const key of names) {
    const name = String(key);
    const member = shape.members[name];
    if (member === undefined || value[name] === undefined) continue;
    const written = auditValue(member, value[name]);
    if (written !== undefined) members[auditName(name)] = written;
  }
  return members;
}

/** All members of an answer, or of an entity in it, as CloudTrail writes them (auditMembers). */
export function auditAnswer(shape: StructureShape, answer: object): JsonObject {
  const members = answer as Readonly<Record<string, unknown>>;
  return auditMembers(shape, Object.keys(shape.members), members);
}

/** Members of which a record says only that they were there, as CloudTrail writes them. */
export function maskedMembers(names: readonly PropertyKey[]): JsonObject {
  return Object.fromEntries(names.map((name) => [lowerFirst(String(name)), "****"]));
}

function auditValue(shape: Shape, value: unknown): JsonValue | undefined {
  if (shape.sensitive || shape.kind === "blob") return undefined;
  if (value instanceof Date) return javaDate(value);
  if (shape.kind === "structure" && isRecord(value))
    return auditMembers(shape, Object.keys(shape.members), value);
  if (shape.kind === "list" && Array.isArray(value))
    return value.flatMap((each) => auditValue(shape.of, each) ?? []);
  return value as JsonValue;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** The names of members are the code's own, so few. */
const auditNames = new Map<string, string>();

function auditName(name: string): string {
  return auditNames.getOrInsertComputed(name, lowerFirst);
}

/** A response member name as in the trail: `KeyId` becomes `keyId`, `AWSAccountId` becomes `aWSAccountId`. */
function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A date as CloudTrail prints it inside parameters: `May 21, 2025, 5:47:45 AM` (UTC). */
export function javaDate(date: Date): string {
  const hour = date.getUTCHours();
  const two = (part: number): string => String(part).padStart(2, "0");
  const time = `${hour % 12 === 0 ? 12 : hour % 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${months[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}, ${time} ${hour < 12 ? "AM" : "PM"}`;
}
