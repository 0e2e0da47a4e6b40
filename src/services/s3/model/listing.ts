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

const shortBatch = 32;

/** An object, or without one what stands for the objects that share a beginning. */
interface Entry {
  readonly name: string;
  readonly object?: StoredObject;
}

/** Makes a page. What shares a common prefix is passed over without being read. */
export async function listPage(query: ListingQuery, fetch: Fetch): Promise<ListingPage> {
  const objects: StoredObject[] = [];
  const prefixes: string[] = [];
  let latest: string | undefined;
  for await (const { name, object } of entriesOf(query, fetch)) {
    if (latest !== undefined && objects.length + prefixes.length >= query.limit)
      return { objects, prefixes, next: latest };
    latest = name;
    if (object === undefined) prefixes.push(name);
    else objects.push(object);
  }
  return { objects, prefixes };
}

async function* entriesOf(query: ListingQuery, fetch: Fetch): AsyncGenerator<Entry> {
  let start = startOf(query);
  // A common prefix ends a batch: what is read behind it is read in vain.
  const batch = query.delimiter === "" ? query.limit + 1 : Math.min(query.limit + 1, shortBatch);
  while (start !== undefined) {
    const entries = leading(await fetch(start, batch), query);
    yield* entries;
    const end = entries.at(-1);
    start = end && behind(end);
  }
}

/** The entries of a batch up to its first common prefix: what comes then may share it. */
function leading(batch: readonly StoredObject[], query: ListingQuery): readonly Entry[] {
  const entries: Entry[] = [];
  for (const object of batch) {
    if (!object.key.startsWith(query.prefix)) break;
    const prefix = commonPrefix(object.key, query);
    if (prefix !== undefined) return [...entries, { name: prefix }];
    entries.push({ name: object.key, object });
  }
  return entries;
}

function startOf(query: ListingQuery): ListingStart | undefined {
  const { prefix, after } = query;
  if (after === "" || isAfter(prefix, after)) return { key: prefix, inclusive: true };
  // What ends a page may be a common prefix: all that share it have been shown.
  const isGroup = after.startsWith(prefix) && commonPrefix(after, query) === after;
  return isGroup ? behindAll(after) : { key: after, inclusive: false };
}

function behind({ name, object }: Entry): ListingStart | undefined {
  return object === undefined ? behindAll(name) : { key: name, inclusive: false };
}

const lastCharacter = 0x10_ffff;
const surrogates = { first: 0xd800, last: 0xdfff };

/** The first key that can stand behind all that begin so, in the order of UTF-8; undefined when there is none. */
function behindAll(prefix: string): ListingStart | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === lastCharacter) points.pop();
  const final = points.pop();
  if (final === undefined) return undefined;
  const next = final + 1 === surrogates.first ? surrogates.last + 1 : final + 1;
  return { key: String.fromCodePoint(...points, next), inclusive: true };
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
