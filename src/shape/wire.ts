import type { JsonValue } from "../base/json.ts";

/** Turns a response value into JSON: bytes as base64, dates as epoch seconds with milliseconds, undefined members left out. */
export function toWire(value: unknown): JsonValue {
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.length).toString("base64");
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value === "object" && value !== null) {
    const present = Object.entries(value).filter(([, member]) => member !== undefined);
    // Not by assignment: a pair named `__proto__` is a pair like any other.
    return Object.fromEntries(present.map(([name, member]) => [name, toWire(member)]));
  }
  return value as JsonValue;
}
