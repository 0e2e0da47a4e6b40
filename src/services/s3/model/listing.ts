import { sha256 } from "../../../crypto/hash.ts";
import type { ListingStart } from "../tables/objects.ts";
import type { StoredObject } from "./object.ts";
import { isAfter } from "./object.ts";
import { invalidArgument } from "./refusals.ts";

/** What a listing is asked for. */
export interface ListingQuery {
  readonly prefix: string;
  readonly delimiter: string;
  /** Only what comes behind it. */
  readonly after: string;
  readonly limit: number;
}

/** A page of a listing: objects, and what stands for the objects that share a beginning. */
export interface ListingPage {
  readonly objects: readonly StoredObject[];
  readonly prefixes: readonly string[];
  /** The last key or prefix of a page that is followed by another. */
  readonly next?: string;
}

type Fetch = (start: ListingStart, limit: number) => Promise<readonly StoredObject[]>;

/** Behind every key that begins so, but for one whose next character is the very last that there is. */
const last = "\u{10ffff}";
const shortBatch = 32;

/** An object, or without one what stands for the objects that share a beginning. */
interface Entry {
  readonly name: string;
  readonly object?: StoredObject;
  /** A key behind everything that the entry stands for. */
  readonly behind: string;
}

/** Makes a page. What shares a common prefix is passed over without being read. */
export async function listPage(query: ListingQuery, fetch: Fetch): Promise<ListingPage> {
  const objects: StoredObject[] = [];
  const prefixes: string[] = [];
  let latest: Entry | undefined;
  for await (const entry of entriesOf(query, fetch)) {
    const same = entry.object === undefined && entry.name === latest?.name;
    if (same) continue;
    if (latest !== undefined && objects.length + prefixes.length >= query.limit)
      return { objects, prefixes, next: latest.name };
    latest = entry;
    if (entry.object === undefined) prefixes.push(entry.name);
    else objects.push(entry.object);
  }
  return { objects, prefixes };
}

async function* entriesOf(query: ListingQuery, fetch: Fetch): AsyncGenerator<Entry> {
  let start = startOf(query);
  // A common prefix ends a batch: what is read behind it is read in vain.
  const batch = query.delimiter === "" ? query.limit + 1 : Math.min(query.limit + 1, shortBatch);
  for (;;) {
    const entries = leading(await fetch(start, batch), query);
    yield* entries;
    const end = entries.at(-1);
    if (end === undefined) return;
    start = { key: end.behind, inclusive: false };
  }
}

/** The entries of a batch up to its first common prefix: what comes then may share it. */
function leading(batch: readonly StoredObject[], query: ListingQuery): readonly Entry[] {
  const entries: Entry[] = [];
  for (const object of batch) {
    const { key } = object;
    if (!key.startsWith(query.prefix)) break;
    const prefix = commonPrefix(key, query);
    if (prefix !== undefined) {
      const behind = prefix + last;
      return [...entries, { name: prefix, behind: isAfter(key, behind) ? key : behind }];
    }
    entries.push({ name: key, object, behind: key });
  }
  return entries;
}

function startOf({ prefix, delimiter, after }: ListingQuery): ListingStart {
  if (after === "" || !isAfter(after, prefix)) {
    return after === prefix && after !== ""
      ? { key: after, inclusive: false }
      : { key: prefix, inclusive: true };
  }
  const group = after.startsWith(prefix) ? commonPrefix(after, { prefix, delimiter }) : undefined;
  // What ends a page may be a common prefix: all that share it have been shown.
  return group === undefined || group !== after
    ? { key: after, inclusive: false }
    : { key: group + last, inclusive: false };
}

function commonPrefix(
  key: string,
  { prefix, delimiter }: Pick<ListingQuery, "prefix" | "delimiter">,
): string | undefined {
  if (delimiter === "") return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}

const mostKeys = 1_000;

/** How many entries a page has. Throws InvalidArgument. */
export function readMaxKeys(text: string | undefined): number {
  if (text === undefined) return mostKeys;
  const asked = /^\d{1,10}$/.test(text) ? Number(text) : -1;
  if (asked < 0 || asked > 2_147_483_647)
    throw invalidArgument(
      "Argument maxKeys must be an integer between 0 and 2147483647",
      "maxKeys",
      text,
    );
  return Math.min(asked, mostKeys);
}

/** How keys stand in an answer: as they are, or percent-encoded so that XML can hold them all. Throws InvalidArgument. */
export function readEncoding(type: string | undefined): (text: string) => string {
  if (type === undefined) return (text) => text;
  if (type !== "url")
    throw invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", type);
  return (text) => text.split("/").map(encodeURIComponent).join("/");
}

/** The name that S3 has for an account where it is an owner. */
export function canonicalId(account: string): string {
  return sha256(Buffer.from(`canonical user of ${account}`)).toString("hex");
}
