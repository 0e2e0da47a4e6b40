import { AwsError } from "../base/errors.ts";
import { Memo } from "../base/memo.ts";
import { basicFormat, MalformedQueryError, parseQuery } from "../crypto/canonical-request.ts";
import type { Headers } from "./headers.ts";

/** The three parts of an Authorization header, each as the client wrote it. */
export interface AuthorizationHeader {
  readonly credential: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const algorithm = "AWS4-HMAC-SHA256";
const names = ["Credential", "Signature", "SignedHeaders"] as const;

/** Reads `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`. Throws IncompleteSignatureException in AWS's words. */
export function parseAuthorization(text: string, headers: Headers): AuthorizationHeader {
  const dated = headers.has("x-amz-date") || headers.has("date");
  const signature = text.slice(-signatureLength);
  const known = dated ? knownBeginning(text) : undefined;
  if (known !== undefined && isSignature(signature)) {
    const { credential, signedHeaders } = known;
    return { credential, signature, signedHeaders };
  }
  const read = readHeader(text, dated);
  if (read.signature === signature) beginnings.keep(text.slice(0, -signatureLength), read);
  return read;
}

/** The credential of a header that begins as one did that was read before; undefined where it must be read. */
export function knownCredential(text: string): string | undefined {
  return knownBeginning(text)?.credential;
}

/** A header up to a signature of the usual length at its end: all but that is the same in a client's requests of a day. */
type Beginning = Omit<AuthorizationHeader, "signature">;

const beginnings = new Memo<Beginning>();
const signatureLength = 64;
/** The header that was looked at last: each is several times. */
let lastLook: { readonly text: string; readonly known: Beginning | undefined } | undefined;

function knownBeginning(text: string): Beginning | undefined {
  if (lastLook?.text === text) return lastLook.known;
  const known = beginnings.find(text.slice(0, -signatureLength));
  // One that is not known may be kept in between.
  lastLook = known && { text, known };
  return known;
}

/** Whether text can be a signature: 64 lower-case hexadecimal digits. */
export function isSignature(text: string): boolean {
  return hexDigits.test(text);
}

const hexDigits = /^[0-9a-f]{64}$/;

function readHeader(text: string, dated: boolean): AuthorizationHeader {
  const [word = ""] = text.split(" ", 1);
  if (word !== algorithm) throw incomplete(`Unsupported AWS 'algorithm': '${word}'.`);
  const parts = readParts(text);
  const [credential, signature, signedHeaders] = names.map((name) => parts.get(name) || undefined);
  if (!credential || !signature || !signedHeaders || !dated) throw missing(text, parts, dated);
  return { credential, signature, signedHeaders: readNames(signedHeaders) };
}

function readParts(text: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  const list = text.slice(algorithm.length).trim();
  for (const piece of list === "" ? [] : list.split(",")) {
    const [name, value] = readPart(piece.trim(), text);
    if (parts.has(name) || !names.some((known) => known === name))
      throw incomplete(
        "the Authorization header holds something besides Credential, SignedHeaders and Signature, each once",
      );
    parts.set(name, value);
  }
  return parts;
}

function readPart(piece: string, text: string): readonly [name: string, value: string] {
  const equals = piece.indexOf("=");
  if (equals < 0)
    throw incomplete(
      `'${piece}' not a valid key=value pair (missing equal-sign) in Authorization header: '${text}'.`,
    );
  return [piece.slice(0, equals), piece.slice(equals + 1)];
}

function missing(text: string, parts: ReadonlyMap<string, string>, dated: boolean): AwsError {
  const sentences = names
    .filter((name) => !parts.get(name))
    .map((name) => `Authorization header requires '${name}' parameter.`);
  if (!dated)
    sentences.push(
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    );
  return incomplete(`${sentences.join(" ")} Authorization=${text}`);
}

/** Strictly ascending lower-case names, so that one list of headers has one spelling. */
function readNames(text: string): readonly string[] {
  const signed = text.split(";");
  const ascending = signed.every((name, at) => at === 0 || (signed[at - 1] ?? "") < name);
  if (!ascending || !signed.every((name) => /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)))
    throw incomplete("`SignedHeaders` must be lower-case names in ascending order");
  return signed;
}

/** Whether the query string carries credentials; text that cannot be decoded is left for the signature to refuse. */
export function findCredentialInQuery(query: string): boolean {
  if (query === "") return false;
  try {
    return parseQuery(query).some(([name]) =>
      /^x-amz-(algorithm|credential|signature|security-token)$/i.test(name),
    );
  } catch (cause) {
    if (cause instanceof MalformedQueryError) return false;
    throw cause;
  }
}

/** A moment, and how it is spelled where it is signed (`20150830T123600Z`). */
export interface SigningTime {
  readonly text: string;
  readonly date: Date;
}

/** The time of signing: X-Amz-Date, or else Date, in ISO 8601 basic format (Date also as RFC 7231 has it). */
export function readTime(headers: Headers): SigningTime {
  const own = headers.get("x-amz-date");
  const text = own ?? headers.get("date") ?? "";
  const time = parseBasicFormat(text) ?? (own === undefined ? parseHttpDate(text) : undefined);
  if (time === undefined)
    throw incomplete(
      `Date must be in ISO-8601 'basic format'. Got '${text}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    );
  return time;
}

/** All requests of one second have the same. */
const moments = new Memo<SigningTime>();

function parseBasicFormat(text: string): SigningTime | undefined {
  const known = moments.find(text);
  if (known !== undefined) return known;
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date takes 30 February for 2 March, and 24:00 for the next day.
  return date.getUTCDate() === Number(day) ? moments.keep(text, { text, date }) : undefined;
}

function parseHttpDate(text: string): SigningTime | undefined {
  const date = new Date(text);
  const exact = !Number.isNaN(date.getTime()) && date.toUTCString() === text;
  return exact ? { text: basicFormat(date), date } : undefined;
}

function incomplete(message: string): AwsError {
  return new AwsError("IncompleteSignatureException", message);
}
