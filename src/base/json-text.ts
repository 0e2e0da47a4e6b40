import type { JsonValue } from "./json.ts";

/** Visible ASCII and spaces, without quotation marks and backslashes. */
const plain = /^[ !#-[\]-~]*$/;
/** Of longer text JSON.stringify is the faster. */
const short = 128;

/**
 * What JSON.stringify writes, for the small values of records: it takes microseconds for an object without a prototype, as the reader
 * of JSON makes them, and for each short text as long as for a long one.
 */
export function jsonText(value: JsonValue): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(jsonText).join(",")}]`;
  const object = value as Readonly<Record<string, JsonValue | undefined>>;
  let members = "";
  for (const name of Object.keys(object)) {
    const member = object[name];
    if (member === undefined) continue;
    members += `${members === "" ? "" : ","}${quoted(name)}:${jsonText(member)}`;
  }
  return `{${members}}`;
}

function quoted(text: string): string {
  return text.length <= short && plain.test(text) ? `"${text}"` : JSON.stringify(text);
}
