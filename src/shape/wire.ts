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
    const wire: Record<string, JsonValue> = {};
    const members = value as Readonly<Record<string, unknown>>;
    for (const name of Object.keys(members)) {
      const member = members[name];
      if (member !== undefined) setMember(wire, name, toWire(member, dates));
    }
    return wire;
  }
  return value as JsonValue;
}

/** A pair named `__proto__` is a pair like any other, and by assignment it would be none. */
function setMember(object: Record<string, JsonValue>, name: string, value: JsonValue): void {
  if (name === "__proto__")
    Object.defineProperty(object, name, { value, enumerable: true, writable: true });
  else object[name] = value;
}
