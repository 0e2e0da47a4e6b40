import { readJson } from "../../../base/json.ts";
import { sha256 } from "../../../crypto/hash.ts";
import { invalidInput } from "./refusals.ts";

interface PageRequest {
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
}

const usual = 20;

/**
 * A page of entries in the order of their sort keys. `listing` names the operation and what it lists, so that a token works
 * only where it was given. Throws InvalidInputException for a token of another listing.
 */
export function pageOf<T>(
  all: readonly T[],
  { NextToken, MaxResults = usual }: PageRequest,
  listing: string,
  sortKey: (entry: T) => string,
): { readonly entries: readonly T[]; readonly page: { readonly NextToken?: string } } {
  const name = sha256(Buffer.from(listing)).toString("base64url").slice(0, 16);
  const after = NextToken === undefined ? undefined : readToken(NextToken, name);
  const sorted = all.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  const rest = after === undefined ? sorted : sorted.filter((each) => sortKey(each) > after);
  const entries = rest.slice(0, MaxResults);
  const last = entries.at(-1);
  if (rest.length <= MaxResults || last === undefined) return { entries, page: {} };
  const token = Buffer.from(JSON.stringify([name, sortKey(last)]), "utf8");
  return { entries, page: { NextToken: token.toString("base64url") } };
}

function readToken(token: string, listing: string): string {
  try {
    const value = readJson(Buffer.from(token, "base64url").toString("utf8"));
    if (Array.isArray(value) && value[0] === listing && typeof value[1] === "string")
      return value[1];
  } catch {
    // Not a token at all: the same answer as a token of another listing.
  }
  throw invalidInput("INVALID_NEXT_TOKEN", "You provided an invalid NextToken.");
}
