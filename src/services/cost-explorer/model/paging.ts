import { AwsError } from "../../../base/errors.ts";
import type { JsonValue } from "../../../base/json.ts";
import { canonicalJson, readJson } from "../../../base/json.ts";
import { sha256 } from "../../../crypto/hash.ts";

interface Request {
  readonly NextPageToken?: string | undefined;
}

/** A page of entries, and the token of the next one. A token works only for the request that it came from. */
export function pageOf<T>(
  entries: readonly T[],
  request: Request,
  account: string,
  size: number,
): { readonly page: readonly T[]; readonly next: { readonly NextPageToken?: string } } {
  const name = nameOf(request, account);
  const start = request.NextPageToken === undefined ? 0 : readToken(request.NextPageToken, name);
  const page = entries.slice(start, start + size);
  if (start + size >= entries.length) return { page, next: {} };
  const token = Buffer.from(JSON.stringify([name, start + size]), "utf8").toString("base64url");
  return { page, next: { NextPageToken: token } };
}

function nameOf({ NextPageToken: _token, ...rest }: Request, account: string): string {
  // Validated input of this service holds text, lists and objects only.
  const text = canonicalJson(JSON.parse(JSON.stringify([account, rest])) as JsonValue);
  return sha256(Buffer.from(text)).toString("base64url").slice(0, 16);
}

/** Where a token's page begins. Throws InvalidNextTokenException, or RequestChangedException for a token of another request. */
function readToken(token: string, name: string): number {
  const value = tokenValue(token);
  if (!Array.isArray(value) || !Number.isSafeInteger(value[1]) || Number(value[1]) < 0)
    throw new AwsError("InvalidNextTokenException", "The pagination token is invalid.");
  if (value[0] !== name)
    throw new AwsError("RequestChangedException", "The request has changed since its first page.");
  return Number(value[1]);
}

function tokenValue(token: string): JsonValue {
  try {
    return readJson(Buffer.from(token, "base64url").toString("utf8"));
  } catch {
    // Not a token at all: refused like one with other contents.
    return null;
  }
}
