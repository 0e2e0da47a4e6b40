import { pageAfter, readMarker } from "../../../api/paging.ts";
import { AwsError } from "../../../base/errors.ts";

interface PageRequest {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

/** The end of a page in AWS's members: Marker only where IsTruncated is true. */
interface PageEnd {
  readonly IsTruncated: boolean;
  readonly Marker?: string;
}

const usual = 100;

/** A page of entries in the order of their sort keys. Throws ValidationError for a marker of another listing. */
export function pageOf<T>(
  all: readonly T[],
  { Marker, MaxItems: size = usual }: PageRequest,
  listing: string,
  sortKey: (entry: T) => string,
): { readonly entries: readonly T[]; readonly page: PageEnd } {
  const after = readMarker(Marker, listing, invalidMarker);
  const { entries, next } = pageAfter(all, { after, size }, listing, sortKey);
  const page = next === undefined ? { IsTruncated: false } : { IsTruncated: true, Marker: next };
  return { entries, page };
}

function invalidMarker(): AwsError {
  return new AwsError("ValidationException", "Invalid Marker.");
}
