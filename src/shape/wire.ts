import type { JsonValue } from "../base/json.ts";

/** How a protocol writes moments: epoch seconds with milliseconds, or ISO 8601. */
export type DateFormat = "epoch" | "iso";

/** Turns a response value into JSON: bytes as base64, dates in the format of the protocol, undefined members left out. */
export function toWire(value: unknown, dates: DateFormat = "epoch"): JsonValue {
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.length).toString("base64");
  if (value instanceof Date)
    return dates === "epoch" ? value.getTime() / 1000 : `${value.toISOString().slice(0, 19)}Z`;
  if (Array.isArray(value)) return value.map((each) => toWire(each, dates));
  if (typeof value === "object" && value !== null) {
    const present = Object.entries(value).filter(([, member]) => member !== undefined);
    // Not by assignment: a pair named `__proto__` is a pair like any other.
    return Object.fromEntries(present.map(([name, member]) => [name, toWire(member, dates)]));
  }
  return value as JsonValue;
}
