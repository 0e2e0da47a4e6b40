import * as paging from "../../../api/paging.ts";
import { AwsError } from "../../../base/errors.ts";

/** A page of a listing, in AWS's members: NextMarker only where Truncated is true. */
export interface Page {
  readonly NextMarker?: string;
  readonly Truncated: boolean;
}

interface PageOf<T> {
  readonly entries: readonly T[];
  readonly page: Page;
}

/** Where a listing goes on: after the entry of this sort key, or at the beginning. Throws InvalidMarkerException for a marker of another listing. */
export function readMarker(marker: string | undefined, listing: string): string | undefined {
  const refusal = () => new AwsError("InvalidMarkerException", "Could not deserialize marker");
  return paging.readMarker(marker, listing, refusal);
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
): PageOf<T> {
  return inMembers(paging.cutPage(entries, limit, listing, sortKey));
}

/** A page of entries that are all at hand, in the order of their sort keys. */
export function pageOf<T>(
  all: readonly T[],
  request: { readonly Limit?: number | undefined; readonly Marker?: string | undefined },
  limits: { readonly most: number; readonly usual: number },
  listing: string,
  sortKey: (entry: T) => string,
): PageOf<T> {
  const after = readMarker(request.Marker, listing);
  const size = pageLimit(request.Limit, limits);
  return inMembers(paging.pageAfter(all, { after, size }, listing, sortKey));
}

function inMembers<T>({ entries, next }: paging.Page<T>): PageOf<T> {
  const page = next === undefined ? { Truncated: false } : { NextMarker: next, Truncated: true };
  return { entries, page };
}

/** The page size asked for, or the usual one; never more than AWS's cap for the operation. */
export function pageLimit(
  asked: number | undefined,
  { most, usual }: { readonly most: number; readonly usual: number },
): number {
  return Math.min(asked ?? usual, most);
}
