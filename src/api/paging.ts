import type { AwsError } from "../base/errors.ts";
import { readJson } from "../base/json.ts";
import { sha256 } from "../crypto/hash.ts";

/** A page of a listing, and the marker with which the next one begins, where there is one. */
export interface Page<T> {
  readonly entries: readonly T[];
  readonly next?: string;
}

/**
 * The sort key after which a listing goes on; undefined at its beginning. `listing` names the operation and what it lists: a marker
 * works only where it was given, and throws the service's refusal anywhere else.
 */
export function readMarker(
  marker: string | undefined,
  listing: string,
  refusal: () => AwsError,
): string | undefined {
  if (marker === undefined) return undefined;
  try {
    const value = readJson(Buffer.from(marker, "base64url").toString("utf8"));
    if (Array.isArray(value) && value[0] === digest(listing) && typeof value[1] === "string")
      return value[1];
  } catch {
    // Not a marker at all: the same answer as a marker of another listing.
  }
  throw refusal();
}

/** Cuts a page from entries that were read with one more than its size. */
export function cutPage<T>(
  all: readonly T[],
  size: number,
  listing: string,
  sortKey: (entry: T) => string,
): Page<T> {
  const entries = all.slice(0, size);
  const last = entries.at(-1);
  if (all.length <= size || last === undefined) return { entries };
  const marker = Buffer.from(JSON.stringify([digest(listing), sortKey(last)]), "utf8");
  return { entries, next: marker.toString("base64url") };
}

/** A page of entries that are all at hand, in the order of their sort keys. */
export function pageAfter<T>(
  all: readonly T[],
  { after, size }: { readonly after: string | undefined; readonly size: number },
  listing: string,
  sortKey: (entry: T) => string,
): Page<T> {
  const sorted = all.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  const rest = after === undefined ? sorted : sorted.filter((each) => sortKey(each) > after);
  return cutPage(rest, size, listing, sortKey);
}

/** Names of listings hold what callers ask for, and markers are short. */
function digest(listing: string): string {
  return sha256(Buffer.from(listing)).toString("base64url").slice(0, 16);
}
