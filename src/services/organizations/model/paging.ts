import { pageAfter, readMarker } from "../../../api/paging.ts";
import { invalidInput } from "./refusals.ts";

interface PageRequest {
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
}

const usual = 20;

/** A page of entries in the order of their sort keys. Throws InvalidInputException for a token of another listing. */
export function pageOf<T>(
  all: readonly T[],
  { NextToken, MaxResults: size = usual }: PageRequest,
  listing: string,
  sortKey: (entry: T) => string,
): { readonly entries: readonly T[]; readonly page: { readonly NextToken?: string } } {
  const after = readMarker(NextToken, listing, invalidToken);
  const { entries, next } = pageAfter(all, { after, size }, listing, sortKey);
  return { entries, page: next === undefined ? {} : { NextToken: next } };
}

function invalidToken() {
  return invalidInput("INVALID_NEXT_TOKEN", "You provided an invalid NextToken.");
}
