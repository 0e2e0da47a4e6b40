import type { JWTPayload } from "jose";
import { decodeJwt, errors, jwtVerify } from "jose";
import { AwsError } from "../../../base/errors.ts";
import type { FetchDocument } from "./documents.ts";
import { DocumentError } from "./documents.ts";
import type { IssuerKeys } from "./issuer-keys.ts";
import { KeySets } from "./issuer-keys.ts";

/** What a verified identity token says. */
export interface Claims {
  readonly subject: string;
  /** The client that it was made for. */
  readonly audience: string;
  readonly all: JWTPayload;
}

/** Asymmetric algorithms that issuers use: with a symmetric one, whoever knows a client's secret could make tokens. */
const algorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

/** Seconds that the clocks of an issuer and ours may differ: AWS's five minutes. */
const skew = 300;
/** OpenID Connect Core 1.0, 2. */
const longestSubject = 255;

/** Verifies the tokens of issuers (OpenID Connect Core 1.0, 3.1.3.7). */
export class IdentityTokens {
  readonly #keySets: KeySets;
  readonly #onFailure: (issuer: string, error: Error) => void;

  constructor(fetch: FetchDocument, onFailure: (issuer: string, error: Error) => void) {
    this.#keySets = new KeySets(fetch);
    this.#onFailure = onFailure;
  }

  /** What a token of an issuer says to one of these clients. Throws AwsError for any other token. */
  async verify(
    token: string,
    issuer: string,
    clientIds: readonly string[],
    now: Date,
  ): Promise<Claims> {
    const all = await this.#verified(token, issuer, now);
    const { sub: subject, aud = [], azp, iat = 0 } = all;
    if (typeof subject !== "string" || subject === "")
      throw invalid("Missing a required claim: sub");
    if (subject.length > longestSubject)
      throw invalid(`The claim sub is longer than ${longestSubject} characters.`);
    if (iat > now.getTime() / 1000 + skew)
      throw new AwsError("IDPRejectedClaimException", "The token is issued in the future.");
    const audiences = typeof aud === "string" ? [aud] : aud;
    const known = audiences.filter((each) => clientIds.includes(each));
    const audience = azp === undefined ? known[0] : known.length === 0 ? undefined : azp;
    if (typeof audience !== "string" || !clientIds.includes(audience))
      throw invalid("Incorrect token audience");
    return { subject, audience, all };
  }

  async #verified(token: string, issuer: string, now: Date): Promise<JWTPayload> {
    const options = {
      issuer,
      algorithms,
      clockTolerance: skew,
      currentDate: now,
      requiredClaims: ["sub", "aud", "exp", "iat"],
    };
    const verify = async (keys: IssuerKeys): Promise<JWTPayload> =>
      (await jwtVerify(token, keys, options)).payload;
    const keys = await this.#keys(issuer, now);
    try {
      return await verify(keys);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw refusal(error, now);
    }
    const newer = await this.#keys(issuer, now, true);
    try {
      return await verify(newer);
    } catch (error) {
      throw refusal(error, now);
    }
  }

  async #keys(issuer: string, now: Date, lacking = false): Promise<IssuerKeys> {
    try {
      return await this.#keySets.find(issuer, now, lacking);
    } catch (cause) {
      this.#onFailure(issuer, cause instanceof Error ? cause : new Error(String(cause)));
      throw noKeys(cause);
    }
  }
}

function noKeys(cause: unknown): AwsError {
  if (cause instanceof DocumentError)
    return invalid(
      "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
      { cause },
    );
  return new AwsError(
    "IDPCommunicationErrorException",
    "The identity provider that was asked to verify the incoming identity token could not be reached.",
    { cause },
  );
}

/** The issuer that a token names, which nothing proves yet. Throws InvalidIdentityToken. */
export function claimedIssuer(token: string): string {
  try {
    const { iss } = decodeJwt(token);
    if (typeof iss === "string") return iss;
  } catch (cause) {
    throw invalid(
      "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
      { cause },
    );
  }
  throw invalid("Missing a required claim: iss");
}

function refusal(error: unknown, now: Date): AwsError {
  const options = { cause: error };
  if (error instanceof errors.JWTExpired)
    return new AwsError(
      "ExpiredIdentityTokenException",
      `Token expired: current date/time ${epoch(now)} must be before the expiration date/time ${error.payload.exp}`,
      options,
    );
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.reason === "missing"
      ? invalid(`Missing a required claim: ${error.claim}`, options)
      : new AwsError(
          "IDPRejectedClaimException",
          `The claim ${error.claim} is not valid.`,
          options,
        );
  // Anything else is jose's refusal, or the platform's of a key of the issuer that is malformed or too short.
  return invalid("Token signature invalid", options);
}

function epoch(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

/** The refusal of an identity token. */
export function invalid(message: string, options?: ErrorOptions): AwsError {
  return new AwsError("InvalidIdentityTokenException", message, options);
}
