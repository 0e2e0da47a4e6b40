import { hash } from "node:crypto";
import { minute, second } from "../base/clock.ts";
import { AwsError } from "../base/errors.ts";
import type { CanonicalInput } from "../crypto/canonical-request.ts";
import { canonicalRequest, MalformedQueryError, parseQuery } from "../crypto/canonical-request.ts";
import type { AuthorizationHeader } from "./authorization-header.ts";
import { findCredentialInQuery, readTime } from "./authorization-header.ts";
import type { ReadSignature, ScopeRules, Signature, SignedMessage } from "./sigv4.ts";
import {
  readHeader,
  readScope,
  requireScope,
  requireSignedHeaders,
  verifySignature,
} from "./sigv4.ts";

/** How S3 has requests signed: the path as it was sent, the hash of the body in a header, or all of it in a presigned URL. */
export function s3Signatures(secure: boolean): ReadSignature {
  return (message, rules) => {
    if (hasOldSignature(message)) throw tooOld();
    return isPresigned(message)
      ? readPresigned(message, rules)
      : readSigned(message, rules, () => claimedHash(message, secure));
  };
}

/** Whether a request is signed as only S3 had it before Version 4; older clients still make presigned URLs so. */
export function hasOldSignature({
  headers,
  query,
}: Pick<SignedMessage, "headers" | "query">): boolean {
  if (headers.get("authorization")?.startsWith("AWS ") === true) return true;
  return ["AWSAccessKeyId", "Expires", "Signature"].every((name) =>
    `&${query}`.includes(`&${name}=`),
  );
}

/** A presigned URL and an Authorization header at once are refused by `readHeader`. */
function isPresigned({ headers, query }: SignedMessage): boolean {
  return !headers.has("authorization") && findCredentialInQuery(query);
}

const unsignedBody = "UNSIGNED-PAYLOAD";
const longestSkew = 15 * minute;
const longestLife = 604_800;

function readSigned(message: SignedMessage, rules: ScopeRules, bodyHash: () => string): Signature {
  const { signature, signedHeaders, credential } = readHeader(message);
  const time = readTime(message.headers);
  return signatureOf(
    message,
    { signature, signedHeaders, credential },
    { rules, time, token: message.headers.get("x-amz-security-token"), bodyHash },
    (now) => {
      if (Math.abs(now.getTime() - time.date.getTime()) > longestSkew) throw tooSkewed();
    },
  );
}

function readPresigned(message: SignedMessage, rules: ScopeRules): Signature {
  const value = parametersOf(message);
  const life = value("X-Amz-Expires");
  const seconds = Number(life);
  if (value("X-Amz-Algorithm") !== "AWS4-HMAC-SHA256")
    throw badQuery('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"');
  if (!/^\d{1,6}$/.test(life) || seconds > longestLife)
    throw badQuery("X-Amz-Expires must be less than a week (in seconds)");
  if (message.method !== "GET" && message.method !== "HEAD")
    throw badQuery("presigned URLs are accepted for GET and HEAD only");
  const signedHeaders = value("X-Amz-SignedHeaders").split(";");
  requireSignedHeaders(signedHeaders, message.headers);
  const time = readTime(new Map([["x-amz-date", value("X-Amz-Date")]]));
  const given = {
    signature: value("X-Amz-Signature"),
    signedHeaders,
    credential: value("X-Amz-Credential"),
  };
  const token = value("X-Amz-Security-Token") || undefined;
  return signatureOf(
    message,
    given,
    { rules, time, token, bodyHash: () => unsignedBody },
    (now) => {
      if (time.date.getTime() - now.getTime() > longestSkew) throw tooSkewed();
      if (now.getTime() > time.date.getTime() + seconds * second)
        throw new AwsError("AccessDeniedException", "Request has expired");
    },
  );
}

interface Reading {
  readonly rules: ScopeRules;
  readonly time: ReturnType<typeof readTime>;
  readonly token: string | undefined;
  readonly bodyHash: () => string;
}

function signatureOf(
  message: SignedMessage,
  { signature, signedHeaders, credential }: AuthorizationHeader,
  { rules, time, token, bodyHash }: Reading,
  requireTime: (now: Date) => void,
): Signature {
  const scope = readScope(credential);
  requireScope(scope, time.text, rules);
  return {
    accessKeyId: scope.accessKeyId,
    region: scope.region,
    service: scope.service,
    sessionToken: token,
    verify(signer, now, keys) {
      requireTime(now);
      const input: CanonicalInput = {
        ...message,
        bodyHash: bodyHash(),
        signedHeaders,
        pathForm: "as-sent",
        unsignedParameters: ["X-Amz-Signature"],
      };
      verifySignature(signature, { scope, time: time.text, signer, keys }, () =>
        canonicalRequest(input),
      );
    },
  };
}

/** What the header says of the body, which must be true. Only TLS keeps an unsigned body as it was sent. */
function claimedHash({ headers, body }: SignedMessage, secure: boolean): string {
  const claimed = headers.get("x-amz-content-sha256");
  if (claimed === undefined)
    throw new AwsError(
      "InvalidRequest",
      "Missing required header for this request: x-amz-content-sha256",
    );
  if (claimed === unsignedBody) {
    if (secure || body.length === 0) return claimed;
    throw new AwsError("InvalidRequest", "the body must be signed, unless it comes over TLS");
  }
  if (claimed.startsWith("STREAMING-"))
    throw new AwsError(
      "NotImplemented",
      "A header you provided implies functionality that is not implemented",
    );
  if (claimed !== hash("sha256", body, "hex"))
    throw new AwsError(
      "XAmzContentSHA256Mismatch",
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  return claimed;
}

/** The parameters of a presigned URL; one that is given twice could be believed by another reader in its other value. */
function parametersOf({ query }: SignedMessage): (name: string) => string {
  const values = new Map<string, string>();
  for (const [name, value] of readQuery(query)) {
    const key = name.toLowerCase();
    if (!key.startsWith("x-amz-")) continue;
    if (values.has(key)) throw badQuery(`${name} is given twice`);
    values.set(key, value);
  }
  return (name) => values.get(name.toLowerCase()) ?? "";
}

function readQuery(query: string): ReturnType<typeof parseQuery> {
  try {
    return parseQuery(query);
  } catch (cause) {
    if (cause instanceof MalformedQueryError) throw badQuery("the query string is malformed");
    throw cause;
  }
}

function badQuery(message: string): AwsError {
  return new AwsError("AuthorizationQueryParametersError", message);
}

function tooOld(): AwsError {
  return new AwsError(
    "InvalidRequest",
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
  );
}

function tooSkewed(): AwsError {
  return new AwsError(
    "RequestTimeTooSkewed",
    "The difference between the request time and the current time is too large.",
  );
}
