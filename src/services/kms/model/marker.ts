import { AwsError } from "../../../base/errors.ts";
import { readJson } from "../../../base/json.ts";

/** A page of a listing, in AWS's members: NextMarker only where Truncated is true. */
export interface Page {
  readonly NextMarker?: string;
  readonly Truncated: boolean;
}

/** Where a listing goes on: after the entry of this sort key, or at the beginning. Throws InvalidMarkerException for a marker of another listing. */
export function readMarker(marker: string | undefined, listing: string): string | undefined {
  if (marker === undefined) return undefined;
  try {
    const value = readJson(Buffer.from(marker, "base64url").toString("utf8"));
    if (Array.isArray(value) && value[0] === listing && typeof value[1] === "string")
      return value[1];
  } catch {
    // Not a marker at all: the same answer as a marker of another listing.
  }
  throw new AwsError("InvalidMarkerException", "Could not deserialize marker");
}

/**
 * Cuts a page from entries that were read with one more than `limit`.
 * `listing` names the operation and what it lists, so that a marker works only where it was given.
 */
export function cutPage<T>(
  entries: readonly T[],
  limit: number,
  listing: string,
  sortKey: (entry: T) => string,
): { readonly entries: readonly T[]; readonly page: Page } {
  const shown = entries.slice(0, limit);
  const last = shown.at(-1);
  if (entries.length <= limit || last === undefined)
    return { entries: shown, page: { Truncated: false } };
  const marker = Buffer.from(JSON.stringify([listing, sortKey(last)]), "utf8").toString(
    "base64url",
  );
  return { entries: shown, page: { NextMarker: marker, Truncated: true } };
}

/** A page of entries that are all at hand, in the order of their sort keys. */
export function pageOf<T>(
  all: readonly T[],
  request: { readonly Limit?: number | undefined; readonly Marker?: string | undefined },
  limits: { readonly most: number; readonly usual: number },
  listing: string,
  sortKey: (entry: T) => string,
): { readonly entries: readonly T[]; readonly page: Page } {
  const after = readMarker(request.Marker, listing);
  const limit = pageLimit(request.Limit, limits);
  const sorted = all.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  const start = after === undefined ? 0 : sorted.findIndex((entry) => sortKey(entry) > after);
  return cutPage(start < 0 ? [] : sorted.slice(start, start + limit + 1), limit, listing, sortKey);
}

/** The page size asked for, or the usual one; never more than AWS's cap for the operation. */
export function pageLimit(
  asked: number | undefined,
  { most, usual }: { readonly most: number; readonly usual: number },
): number {
  return Math.min(asked ?? usual, most);
}
