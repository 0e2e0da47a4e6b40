import { hash } from "node:crypto";

/** Header values by lower-case name. */
type Headers = Pick<ReadonlyMap<string, string>, "get">;

/**
 * The canonical form of a request that Signature Version 4 signs, of header and of query authentication.
 * Source: AWS, "Create a signed AWS API request"; the cases of AWS's own signing suite.
 */
export interface CanonicalInput {
  readonly method: string;
  /** Path as received, before the question mark. */
  readonly path: string;
  /** Query string as received, after the question mark. */
  readonly query: string;
  readonly headers: Headers;
  readonly signedHeaders: readonly string[];
  /** SHA-256 of the body in lower-case hexadecimal digits, or the word that S3 has for a body that is not signed. */
  readonly bodyHash: string;
  /**
   * What becomes of the path: `normalized`: `.`, `..` and empty segments are resolved, then it is encoded once more; `encoded`: only
   * the latter; `as-sent`, of S3: neither, but every spelling of a character becomes the usual one.
   */
  readonly pathForm: "normalized" | "encoded" | "as-sent";
  /** Query parameters that are not signed: X-Amz-Signature in query authentication. */
  readonly unsignedParameters?: readonly string[];
}

/** Query or form text that cannot be read in only one way. */
export class MalformedQueryError extends Error {
  override readonly name = "MalformedQueryError";
}

/** Writes the canonical request. Throws MalformedQueryError, and for a signed header that is absent TypeError. */
export function canonicalRequest(input: CanonicalInput): string {
  const query = canonicalQuery(input.query, input.unsignedParameters ?? []);
  let headers = "";
  for (const name of input.signedHeaders)
    headers += `${name}:${canonicalValue(name, input.headers)}\n`;
  return `${input.method}\n${canonicalPath(input)}\n${query}\n${headers}\n${input.signedHeaders.join(";")}\n${input.bodyHash}`;
}

/** The text that is signed: algorithm, time (`20150830T123600Z`), scope (`date/region/service/aws4_request`), request. */
export function stringToSign(time: string, scope: string, canonical: string): string {
  return `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash("sha256", canonical, "hex")}`;
}

/** A moment as `20150830T123600Z`. */
export function basicFormat(date: Date): string {
  return date.toISOString().replaceAll(/[:-]|\.\d+/g, "");
}

/** Splits a query string into decoded names and values; a plus sign stays one. Throws MalformedQueryError. */
export function parseQuery(query: string): readonly (readonly [name: string, value: string])[] {
  if (query === "") return [];
  return query
    .split("&")
    .filter((piece) => piece !== "")
    .map((piece) => {
      const equals = piece.indexOf("=");
      if (equals < 0) return [decodePercent(piece), ""];
      return [decodePercent(piece.slice(0, equals)), decodePercent(piece.slice(equals + 1))];
    });
}

/** Decodes %XX as UTF-8. Throws MalformedQueryError where that does not give text. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new MalformedQueryError("percent-encoding is not valid", { cause });
  }
}

function canonicalQuery(query: string, unsigned: readonly string[]): string {
  if (query === "") return "";
  return parseQuery(query)
    .filter(([name]) => !unsigned.includes(name))
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .toSorted(byNameThenValue)
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function byNameThenValue(a: readonly [string, string], b: readonly [string, string]): number {
  return compare(a[0], b[0]) || compare(a[1], b[1]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function canonicalValue(name: string, headers: Headers): string {
  const value = headers.get(name);
  if (value === undefined) throw new TypeError(`signed header ${name} is absent`);
  return value.includes("  ") || value.includes("\t") ? value.replaceAll(/[ \t]+/g, " ") : value;
}

function canonicalPath({ path, pathForm }: CanonicalInput): string {
  if (pathForm === "as-sent") return encodePath(decodePercent(path));
  return encodePath(pathForm === "normalized" ? normalizePath(path) : path);
}

function normalizePath(path: string): string {
  if (path === "/") return path;
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  const directory = path.endsWith("/") && segments.length > 0 ? "/" : "";
  return `/${segments.join("/")}${directory}`;
}

/** Percent-encodes the segments of a path. */
export function encodePath(path: string): string {
  return path === "/" ? path : path.split("/").map(encode).join("/");
}

/** Percent-encodes everything but the unreserved characters of RFC 3986. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, hexByte);
}

function hexByte(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
