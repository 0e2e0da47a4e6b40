import { AwsError } from "../base/errors.ts";
import { Memo } from "../base/memo.ts";

/** Header values by lower-case name, trimmed; what may repeat is joined by commas in the order received. */
export type Headers = ReadonlyMap<string, string>;

/** Headers that decide where a request begins, ends and goes, or who sent it: given twice, two readers may differ (TM5). */
const single: ReadonlySet<string> = new Set([
  "authorization",
  "content-length",
  "content-type",
  "date",
  "host",
  "transfer-encoding",
]);

/** Indexes the flat list of names and values as received. Throws InvalidSignatureException when a decisive header repeats. */
export function indexHeaders(raw: readonly string[]): Headers {
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = lowerCase(raw[at] ?? "");
    const value = (raw[at + 1] ?? "").trim();
    const before = headers.get(name);
    if (before !== undefined && (single.has(name) || name.startsWith("x-amz-")))
      throw new AwsError("InvalidSignatureException", `the header \`${name}\` is given twice`);
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return headers;
}

/** Clients spell the few names that there are in their own way, and always in the same. */
const spellings = new Memo<string>({ longest: 64 });

function lowerCase(name: string): string {
  return spellings.find(name) ?? spellings.keep(name, name.toLowerCase());
}
