import type { PolicyDocument } from "../../../authorization/policy-document.ts";
import { hasVariables, parsePolicy } from "../../../authorization/policy-document.ts";
import { AwsError } from "../../../base/errors.ts";
import { inIamWords, malformedPolicy } from "./policy-refusals.ts";
import { policySizes } from "./quotas.ts";

/** The size of a policy as IAM counts it: white space is free. */
export function sizeOf(document: string): number {
  return document.replaceAll(/[\t\n\r ]/g, "").length;
}

/** Refuses what is no policy of users, groups or roles. Throws MalformedPolicyDocument. */
export function requireIdentityPolicy(document: string): void {
  readIdentityPolicy(document);
}

function readIdentityPolicy(document: string): PolicyDocument {
  return inIamWords(document, "identity", () => parsePolicy(document, "identity"));
}

/** Refuses what is no managed policy. Throws MalformedPolicyDocument, LimitExceeded. */
export function requireManagedPolicy(document: string): void {
  if (!hasVariables(readIdentityPolicy(document)))
    throw malformedPolicy("Policy document must be version 2012-10-17 or greater.");
  requireSize(document, "PolicySize", policySizes.managed);
}

/** Refuses a document that is longer than a quota of AWS's allows. Throws LimitExceeded. */
export function requireSize(document: string, quota: string, most: number): void {
  if (sizeOf(document) > most)
    throw new AwsError("LimitExceededException", `Cannot exceed quota for ${quota}: ${most}`);
}

/** A document as IAM answers it: URL-encoded as RFC 3986 says. */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
