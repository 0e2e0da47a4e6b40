import { lengthPrefixed } from "../../base/bytes.ts";
import { AwsError } from "../../base/errors.ts";
import { equalBytes } from "../../crypto/hash.ts";
import { randomBytes } from "../../crypto/random.ts";
import type { Domains } from "../../database/domains.ts";
import type { KmsKey } from "./model/key.ts";

/** What a grant token names. */
export interface GrantReference {
  readonly account: string;
  readonly region: string;
  readonly keyId: string;
  readonly grantId: string;
}

const version = 0x01;
const nonceLength = 16;
const macLength = 32;

/** A new token of a grant: version 01 ‖ nonce ‖ account, region, key id and grant id ‖ MAC of the key's domain, in base64. */
export function issueGrantToken(key: KmsKey, grantId: string): string {
  const body = Buffer.concat([
    Buffer.of(version),
    randomBytes(nonceLength),
    ...[key.account, key.region, key.keyId, grantId].map(lengthPrefixed),
  ]);
  return Buffer.concat([body, key.domain.tokenMac(body)]).toString("base64");
}

/** What a token says, before anything proves that we issued it. Throws InvalidGrantTokenException for other text. */
export function readGrantToken(token: string): GrantReference {
  const reference = readBody(Buffer.from(token, "base64").subarray(0, -macLength));
  if (reference === undefined) throw invalidGrantToken();
  return reference;
}

/** The refusal of a token that names no grant. */
export function invalidGrantToken(): AwsError {
  return new AwsError("InvalidGrantTokenException", "The grant token is not valid.");
}

/** The grant that a token names. Throws InvalidGrantTokenException for anything that this deployment did not issue. */
export async function openGrantToken(
  token: string,
  domains: Pick<Domains, "find">,
): Promise<GrantReference> {
  const bytes = Buffer.from(token, "base64");
  const body = bytes.subarray(0, -macLength);
  const reference = readBody(body);
  const domain = reference && (await domains.find(reference.account, reference.region));
  if (
    reference === undefined ||
    domain === undefined ||
    !equalBytes(bytes.subarray(-macLength), domain.tokenMac(body))
  )
    throw invalidGrantToken();
  return reference;
}

function readBody(body: Buffer): GrantReference | undefined {
  if (body[0] !== version) return undefined;
  const fields: string[] = [];
  let at = 1 + nonceLength;
  while (at + 4 <= body.length) {
    const end = at + 4 + body.readUInt32BE(at);
    if (end > body.length) return undefined;
    fields.push(body.toString("utf8", at + 4, end));
    at = end;
  }
  const [account, region, keyId, grantId] = fields;
  if (at !== body.length || fields.length !== 4) return undefined;
  if (account === undefined || region === undefined || keyId === undefined || grantId === undefined)
    return undefined;
  return { account, region, keyId, grantId };
}
