import type { JsonValue } from "../base/json.ts";

/** Turns a response value into JSON: bytes as base64, dates as epoch seconds with milliseconds, undefined members left out. */
export function toWire(value: unknown): JsonValue {
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.length).toString("base64");
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value === "object" && value !== null) {
    const object: Record<string, JsonValue> = {};
    for (const [name, member] of Object.entries(value))
      if (member !== undefined) object[name] = toWire(member);
    return object;
  }
  return value as JsonValue;
}
