import { AwsError } from "../base/errors.ts";
import { Memo } from "../base/memo.ts";

/** Header values by lower-case name, trimmed; what may repeat is joined by commas in the order received. */
export interface Headers {
  get(name: string): string | undefined;
  has(name: string): boolean;
  keys(): Iterable<string>;
}

/** The headers of a request as received, before anything of them is refused. */
export interface ReceivedHeaders extends Headers {
  /** The flat list of names and values. */
  readonly raw: readonly string[];
  /** Whether all names and values are visible ASCII. */
  readonly isAscii: boolean;
  /** A header that was given twice and must not be. */
  readonly repeated: string | undefined;
  /** Each once. The same list for requests that have the same ones. */
  keys(): readonly string[];
}

/** Headers that decide where a request begins, ends and goes, or who sent it: given twice, two readers may differ (TM5). */
const single: ReadonlySet<string> = new Set([
  "authorization",
  "content-length",
  "content-type",
  "date",
  "host",
  "transfer-encoding",
]);

/** Throws InvalidSignatureException when a decisive header repeats. */
export function requireOnce({ repeated }: ReceivedHeaders): void {
  if (repeated !== undefined)
    throw new AwsError("InvalidSignatureException", `the header \`${repeated}\` is given twice`);
}

/** The last requests by the length of their lists. */
const recent = new Map<number, HeaderIndex>();
/** Longer lists are read each for itself. */
const longestRemembered = 64;

/**
 * Indexes the flat list of names and values as received. Clients send the same headers again and again: what stands in its place
 * as in the request before is taken from there, read already.
 */
export function readHeaders(raw: readonly string[]): ReceivedHeaders {
  const before = recent.get(raw.length);
  if (before?.raw === raw) return before;
  const read = (before && likeBefore(raw, before)) ?? anew(raw);
  const isUsual = raw.length <= longestRemembered && 2 * read.names.length === raw.length;
  if (isUsual && read.isAscii) recent.set(raw.length, read);
  return read;
}

class HeaderIndex implements ReceivedHeaders {
  readonly raw: readonly string[];
  readonly isAscii: boolean;
  readonly repeated: string | undefined;
  readonly names: readonly string[];
  readonly values: readonly string[];

  constructor(
    raw: readonly string[],
    {
      names,
      values,
      isAscii,
      repeated,
    }: Pick<HeaderIndex, "names" | "values" | "isAscii"> & {
      readonly repeated?: string | undefined;
    },
  ) {
    this.raw = raw;
    this.names = names;
    this.values = values;
    this.isAscii = isAscii;
    this.repeated = repeated;
  }

  get(name: string): string | undefined {
    return this.values[this.names.indexOf(name)];
  }

  has(name: string): boolean {
    return this.names.includes(name);
  }

  keys(): readonly string[] {
    return this.names;
  }
}

/** Undefined where the names are others. */
function likeBefore(raw: readonly string[], before: HeaderIndex): HeaderIndex | undefined {
  const values: string[] = [];
  let isAscii = true;
  for (let at = 0; at < raw.length; at += 2) {
    if (raw[at] !== before.raw[at]) return undefined;
    const value = raw[at + 1] ?? "";
    if (value === before.raw[at + 1]) values.push(before.values[at / 2] ?? "");
    else {
      values.push(value.trim());
      isAscii &&= isVisibleAscii(value);
    }
  }
  return new HeaderIndex(raw, { names: before.names, values, isAscii });
}

function anew(raw: readonly string[]): HeaderIndex {
  const names: string[] = [];
  const values: string[] = [];
  let repeated: string | undefined;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = lowerCase(raw[at] ?? "");
    const value = (raw[at + 1] ?? "").trim();
    const place = names.indexOf(name);
    if (place < 0) {
      names.push(name);
      values.push(value);
    } else {
      values[place] += `,${value}`;
      if (single.has(name) || name.startsWith("x-amz-")) repeated ??= name;
    }
  }
  return new HeaderIndex(raw, { names, values, isAscii: raw.every(isVisibleAscii), repeated });
}

/** Whether text has no other characters than visible ASCII, spaces and tabs. */
export function isVisibleAscii(text: string): boolean {
  return visibleAscii.test(text);
}

// Made once: it is asked for every value that is new.
const visibleAscii = /^[\t\x20-\x7e]*$/;

/** Clients spell the few names that there are in their own way, and always in the same. */
const spellings = new Memo<string>({ longest: 64 });

function lowerCase(name: string): string {
  return spellings.find(name) ?? spellings.keep(name, name.toLowerCase());
}
