import type { LookupMark, LookupQuery } from "../../../audit/trail.ts";
import { AwsError } from "../../../base/errors.ts";
import { readJson } from "../../../base/json.ts";
import { equalBytes, sha256 } from "../../../crypto/hash.ts";
import type { Domain } from "../../../keystore/domain.ts";

/**
 * The token of a lookup's next page: `[time,position]` and a MAC over that and the query, under a key of the caller's account. So it works
 * for the query that it was given for and no other, and nobody makes one.
 */
export function lookupToken(mark: LookupMark, query: QueryKey, domain: Domain): string {
  const place = JSON.stringify([mark.time, mark.position]);
  return `${Buffer.from(place).toString("base64url")}.${macOf(place, query, domain).toString("base64url")}`;
}

/** What of a query a token holds for. The size of pages may change. */
export type QueryKey = Omit<LookupQuery, "limit" | "after">;

/** Where the page before ended. Throws InvalidNextTokenException. */
export function readLookupToken(token: string, query: QueryKey, domain: Domain): LookupMark {
  const [text = "", mac = ""] = token.split(".");
  const place = Buffer.from(text, "base64url").toString();
  if (!equalBytes(Buffer.from(mac, "base64url"), macOf(place, query, domain))) throw invalid();
  const value = readJson(place);
  const [time, position] = Array.isArray(value) ? value : [];
  if (typeof time !== "number" || typeof position !== "number") throw invalid();
  return { time, position };
}

const label = "keywright/lookup-token/v1";

function macOf(place: string, query: QueryKey, domain: Domain): Buffer {
  const { account, region, attribute, from, to } = query;
  const asked = [label, account, region, attribute?.key, attribute?.value, from, to, place];
  return domain.tokenMac(sha256(Buffer.from(JSON.stringify(asked))));
}

function invalid(): AwsError {
  return new AwsError(
    "InvalidNextTokenException",
    "The token is not valid, or belongs to a request with other parameters.",
  );
}
