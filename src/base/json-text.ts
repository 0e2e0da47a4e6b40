import type { JsonValue } from "./json.ts";

/** Visible ASCII and spaces, without quotation marks and backslashes. */
const plain = /^[ !#-[\]-~]*$/;
/** Of longer text JSON.stringify is the faster. */
const short = 128;

/** What JSON.stringify writes, for the small values of records: of a short text that takes as long as of a long one. */
export function jsonText(value: JsonValue): string {
  return typeof value === "string" ? quoted(value) : JSON.stringify(value);
}

function quoted(text: string): string {
  return text.length <= short && plain.test(text) ? `"${text}"` : JSON.stringify(text);
}
