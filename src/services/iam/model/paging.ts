import { pageAfter, readMarker } from "../../../api/paging.ts";
import { AwsError } from "../../../base/errors.ts";

/** Which page of a listing is wanted. */
export interface PageRequest {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

/** The end of a page in AWS's members: Marker only where IsTruncated is true. */
export interface PageEnd {
  readonly IsTruncated: boolean;
  readonly Marker?: string;
}

/** Entries of a page when nobody says how many. */
export const usualSize = 100;

/** A page of entries in the order of their sort keys. Throws ValidationError for a marker of another listing. */
export function pageOf<T>(
  all: readonly T[],
  { Marker, MaxItems: size = usualSize }: PageRequest,
  listing: string,
  sortKey: (entry: T) => string,
): { readonly entries: readonly T[]; readonly page: PageEnd } {
  const after = readMarker(Marker, listing, invalidMarker);
  const { entries, next } = pageAfter(all, { after, size }, listing, sortKey);
  return { entries, page: endOf(next) };
}

/** The end of the one page of a listing of what there is none of. Throws ValidationError for any marker: none was given out. */
export function pageOfNone(request: PageRequest, listing: string): PageEnd {
  return pageOf([], request, listing, String).page;
}

/** The end of a page behind which a marker leads on. */
export function endOf(next: string | undefined): PageEnd {
  return next === undefined ? { IsTruncated: false } : { IsTruncated: true, Marker: next };
}

/** The refusal of a marker of another listing. */
export function invalidMarker(): AwsError {
  return new AwsError("ValidationException", "Invalid Marker.");
}
