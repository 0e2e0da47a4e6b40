import { AwsError } from "../../../base/errors.ts";
import { readJson } from "../../../base/json.ts";
import { sha256 } from "../../../crypto/hash.ts";

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

/**
 * A page of entries in the order of their sort keys. `listing` names the operation and what it lists, so that a marker works
 * only where it was given. Throws ValidationError for a marker of another listing.
 */
export function pageOf<T>(
  all: readonly T[],
  { Marker, MaxItems = usual }: PageRequest,
  listing: string,
  sortKey: (entry: T) => string,
): { readonly entries: readonly T[]; readonly page: PageEnd } {
  const name = digest(listing);
  const after = Marker === undefined ? undefined : readMarker(Marker, name);
  const sorted = all.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  const rest = after === undefined ? sorted : sorted.filter((each) => sortKey(each) > after);
  const entries = rest.slice(0, MaxItems);
  const last = entries.at(-1);
  if (rest.length <= MaxItems || last === undefined)
    return { entries, page: { IsTruncated: false } };
  const marker = Buffer.from(JSON.stringify([name, sortKey(last)]), "utf8");
  return { entries, page: { IsTruncated: true, Marker: marker.toString("base64url") } };
}

/** Names of listings hold what callers ask for, and markers are short. */
function digest(listing: string): string {
  return sha256(Buffer.from(listing)).toString("base64url").slice(0, 16);
}

function readMarker(marker: string, listing: string): string {
  try {
    const value = readJson(Buffer.from(marker, "base64url").toString("utf8"));
    if (Array.isArray(value) && value[0] === listing && typeof value[1] === "string")
      return value[1];
  } catch {
    // Not a marker at all: the same answer as a marker of another listing.
  }
  throw new AwsError("ValidationException", "Invalid Marker.");
}
