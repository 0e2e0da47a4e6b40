import { hash, timingSafeEqual } from "node:crypto";
import { isRegionName } from "../base/arn.ts";
import { minute } from "../base/clock.ts";
import { AwsError } from "../base/errors.ts";
import { Memo } from "../base/memo.ts";
import {
  basicFormat,
  canonicalRequest,
  MalformedQueryError,
  stringToSign,
} from "../crypto/canonical-request.ts";
import type { SigningKeys } from "../crypto/signing-key.ts";
import { deriveSigningKey } from "../crypto/signing-key.ts";
import type { AuthorizationHeader, SigningTime } from "./authorization-header.ts";
import {
  findCredentialInQuery,
  isSignature,
  parseAuthorization,
  readTime,
} from "./authorization-header.ts";
import type { Headers } from "./headers.ts";

/** What of a request is signed, as received. */
export interface SignedMessage {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Reads the signature of a request, in the way of a protocol. */
export type ReadSignature = (message: SignedMessage, rules: ScopeRules) => Signature;

/** What a credential scope must say. */
export interface ScopeRules {
  /** Signing names of the services that can be meant by the request. */
  readonly signingNames: readonly string[];
  /** Regions served here; undefined when any well-formed name is. */
  readonly regions?: readonly string[] | undefined;
}

/** A request whose signature is well-formed, in scope and not yet verified. */
export interface Signature {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  /** Of temporary credentials. */
  readonly sessionToken: string | undefined;
  /** Checks time and signature with the access key's owner and its secret. Throws InvalidSignatureException. */
  verify(credential: Signer, now: Date, keys: SigningKeys): void;
}

/** The secret of an access key; signing keys are kept for as long as the object lives. */
export interface Signer {
  readonly secret: Uint8Array;
}

const longestAge = 15;
const longestLead = 5;
/** What is said of a signature that is not the one over the request. */
export const mismatch =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/**
 * Reads the signature of a request (AWS Signature Version 4, Authorization header). Pure. The checks follow AWS's order
 * (shape of the header, date, scope); `verify` does the rest after the access key is found (time, signature).
 * Throws MissingAuthenticationToken-, IncompleteSignature- or InvalidSignatureException in AWS's words.
 */
export function readSignature(message: SignedMessage, rules: ScopeRules): Signature {
  const authorization = readHeader(message);
  const time = readTime(message.headers);
  const scope = readScope(authorization.credential);
  requireScope(scope, time.text, rules);
  return {
    accessKeyId: scope.accessKeyId,
    region: scope.region,
    service: scope.service,
    sessionToken: message.headers.get("x-amz-security-token"),
    verify(signer, now, keys) {
      requireTime(time, now);
      const { signature, signedHeaders } = authorization;
      const { method, path, query, headers } = message;
      const request = { method, path, query, headers, bodyHash: hashOf(message), signedHeaders };
      verifySignature(signature, { scope, time: time.text, signer, keys }, () =>
        canonicalRequest({ ...request, pathForm: "normalized" }),
      );
    },
  };
}

/** Exactly one source of credentials, and it is the header: a second one could be believed by another reader (TM3). */
export function readHeader({ headers, query }: SignedMessage): AuthorizationHeader {
  const header = headers.get("authorization");
  const inQuery = findCredentialInQuery(query);
  if (header === undefined) {
    if (inQuery)
      throw invalid("authentication by query string is not accepted, only by Authorization header");
    throw new AwsError(
      "MissingAuthenticationTokenException",
      "Request is missing Authentication Token",
    );
  }
  if (inQuery)
    throw invalid(
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    );
  const authorization = parseAuthorization(header, headers);
  requireSignedHeaders(authorization.signedHeaders, headers);
  return authorization;
}

/** The names may leave out, of headers that carry meaning, only those that the body hash covers or that nobody trusts. */
export function requireSignedHeaders(signed: readonly string[], headers: Headers): void {
  const names = headers.keys();
  const sufficient = sufficientFor.getOrInsertComputed(names, () => new WeakSet());
  if (sufficient.has(signed)) return;
  requireSigned("host", signed);
  for (const name of names) if (mustBeSigned(name)) requireSigned(name, signed);
  const absent = signed.find((name) => !headers.has(name));
  if (absent !== undefined) throw invalid(`the signed header \`${absent}\` is not in the request`);
  sufficient.add(signed);
}

/** Lists of signed names that passed, by the list of names that they passed for: clients send the same ones again. */
const sufficientFor = new WeakMap<Iterable<string>, WeakSet<readonly string[]>>();

function mustBeSigned(name: string): boolean {
  if (name === "content-type") return true;
  return (
    name.startsWith("x-amz-") && name !== "x-amz-content-sha256" && name !== "x-amz-user-agent"
  );
}

function requireSigned(name: string, signed: readonly string[]): void {
  if (signed.includes(name)) return;
  const title = name.replaceAll(/(?<=^|-)[a-z]/g, (first) => first.toUpperCase());
  throw invalid(`'${title}' must be a 'SignedHeader' in the AWS Authorization.`);
}

/** The scope of a credential. */
export interface Scope {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
  /** All but the access key id, as it is signed. */
  readonly text: string;
}

/** Reads a credential: an access key id and its scope. Throws IncompleteSignatureException. */
export function readScope(credential: string): Scope {
  const known = scopes.find(credential);
  if (known !== undefined) return known;
  const [accessKeyId, date, region, service, terminator, ...rest] = credential.split("/");
  if (
    accessKeyId === undefined ||
    date === undefined ||
    region === undefined ||
    service === undefined ||
    terminator === undefined ||
    rest.length > 0
  )
    throw new AwsError(
      "IncompleteSignatureException",
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    );
  const text = `${date}/${region}/${service}/${terminator}`;
  return scopes.keep(credential, { accessKeyId, date, region, service, terminator, text });
}

const scopes = new Memo<Scope>();

/** Refuses a scope that is not for this day, region and service. Throws InvalidSignatureException. */
export function requireScope(scope: Scope, time: string, rules: ScopeRules): void {
  const day = time.slice(0, 8);
  let faults = "";
  if (!isRegionName(scope.region) || rules.regions?.includes(scope.region) === false)
    faults += `Credential should be scoped to a valid region, not '${scope.region}'. `;
  if (!rules.signingNames.includes(scope.service))
    faults += `Credential should be scoped to correct service: '${rules.signingNames.join("' or '")}'. `;
  if (scope.terminator !== "aws4_request")
    faults += `Credential should be scoped with a valid terminator: 'aws4_request', not '${scope.terminator}'. `;
  if (scope.date !== day)
    faults += `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date}' != '${day}', from '${time}'.`;
  if (faults !== "") throw invalid(faults);
}

function requireTime({ text, date }: SigningTime, now: Date): void {
  const signed = date.getTime();
  const earliest = now.getTime() - longestAge * minute;
  const latest = now.getTime() + longestLead * minute;
  if (signed < earliest)
    throw invalid(
      `Signature expired: ${text} is now earlier than ${basicFormat(new Date(earliest))} (${basicFormat(now)} - ${longestAge} min.)`,
    );
  if (signed > latest)
    throw invalid(
      `Signature not yet current: ${text} is still later than ${basicFormat(new Date(latest))} (${basicFormat(now)} + ${longestLead} min.)`,
    );
}

/** What a signature is checked against. */
export interface Proof {
  readonly scope: Scope;
  readonly time: string;
  readonly signer: Signer;
  readonly keys: SigningKeys;
}

/** Checks a signature over a canonical request. Throws InvalidSignatureException. */
export function verifySignature(claimed: string, proof: Proof, canonical: () => string): void {
  const { scope, signer, keys } = proof;
  const text = stringToSign(proof.time, scope.text, unlessMalformed(canonical));
  const kept = keys.find(signer, scope.text);
  const key = kept ?? deriveSigningKey(signer.secret, scope.date, scope.region, scope.service);
  if (!isEqual(claimed, key.digest(text))) throw invalid(mismatch);
  if (kept === undefined) keys.keep(signer, scope.text, key);
}

function unlessMalformed(canonical: () => string): string {
  try {
    return canonical();
  } catch (cause) {
    if (cause instanceof MalformedQueryError) throw invalid(mismatch, { cause });
    throw cause;
  }
}

function hashOf({ headers, body }: SignedMessage): string {
  const bodyHash = hash("sha256", body, "hex");
  const claimed = headers.get("x-amz-content-sha256");
  if (claimed !== undefined && claimed !== bodyHash)
    throw invalid("the header `x-amz-content-sha256` is not the SHA-256 of the body");
  return bodyHash;
}

/** Compares in constant time: the length and alphabet of the text are public, its digits are not. */
function isEqual(text: string, expected: Buffer): boolean {
  if (!isSignature(text)) return false;
  given.write(text, "hex");
  return timingSafeEqual(given, expected);
}

const given = Buffer.alloc(32);

function invalid(message: string, options?: ErrorOptions): AwsError {
  return new AwsError("InvalidSignatureException", message, options);
}
