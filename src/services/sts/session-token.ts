import type { SessionIdentities } from "../../api/sessions.ts";
import { decodeBase64 } from "../../base/bytes.ts";
import { IntegrityError } from "../../base/errors.ts";
import type { Domain } from "../../keystore/domain.ts";

/** Everything that is known of temporary credentials but their secret: nothing of them is stored. Moments are epoch seconds. */
export interface SessionContent {
  /** `user`: a user with all that it may do; `federated`: with what session policies leave of it. */
  readonly kind: "role" | "user" | "federated";
  /** Unique id of the role or user, or the account of its root user. */
  readonly owner: string;
  /** Of the session; absent for a user's own. */
  readonly name?: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** An inline session policy. */
  readonly policy?: string;
  /** ARNs of managed session policies. */
  readonly policyArns?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly transitiveTags?: Readonly<Record<string, string>>;
  readonly sourceIdentity?: string;
  readonly federation?: {
    readonly provider: string;
    readonly issuer: string;
    readonly subject: string;
    readonly audience: string;
  };
}

/** A token that is ours. The secret never becomes text, so that it can be wiped. */
export interface OpenedSession {
  readonly account: string;
  readonly secret: Buffer;
  readonly content: SessionContent;
}

const version = 0x01;
const accountLength = 12;
const secretLength = 40;

/**
 * The token of temporary credentials: version 01 ‖ account ‖ secret and content, wrapped for this access key (docs/session-tokens.md).
 * Spaces behind the content, which mean nothing in JSON, make it as long as `least` characters.
 */
export function sealSessionToken(
  domain: Domain,
  accessKeyId: string,
  secret: string,
  content: SessionContent,
  least = 0,
): string {
  const head = Buffer.concat([Buffer.of(version), Buffer.from(domain.id.account, "latin1")]);
  const seal = (text: string): Buffer => {
    const plain = Buffer.from(secret + text, "utf8");
    const wrapped = domain.wrap(identity(accessKeyId), plain);
    plain.fill(0);
    return Buffer.concat([head, wrapped]);
  };
  const text = JSON.stringify(content);
  const token = seal(text);
  // Four characters for each three bytes, the last of which may be one alone.
  const missing = 3 * Math.ceil(least / 4) - 2 - token.length;
  return (missing > 0 ? seal(text + " ".repeat(missing)) : token).toString("base64");
}

/** What a token of an access key says; undefined for anything that this deployment did not issue for it. */
export async function openSessionToken(
  token: string,
  accessKeyId: string,
  { findDomain }: Pick<SessionIdentities, "findDomain">,
): Promise<OpenedSession | undefined> {
  const bytes = decodeBase64(token);
  // One token has one spelling.
  if (bytes?.[0] !== version || bytes.toString("base64") !== token) return undefined;
  const account = bytes.toString("latin1", 1, 1 + accountLength);
  const domain = /^\d{12}$/.test(account) ? await findDomain(account) : undefined;
  const opened = domain && unwrap(domain, accessKeyId, bytes.subarray(1 + accountLength));
  return opened && { account, ...opened };
}

/** INVARIANT: what unwraps was wrapped above, for this access key: it is read without further checks. */
function unwrap(
  domain: Domain,
  accessKeyId: string,
  wrapped: Uint8Array,
): Omit<OpenedSession, "account"> | undefined {
  try {
    const plain = domain.unwrap(identity(accessKeyId), wrapped);
    const secret = Buffer.alloc(secretLength);
    plain.copy(secret);
    const content = JSON.parse(plain.toString("utf8", secretLength)) as SessionContent;
    plain.fill(0);
    return { secret, content };
  } catch (cause) {
    if (cause instanceof IntegrityError) return undefined;
    throw cause;
  }
}

function identity(accessKeyId: string): readonly string[] {
  return ["session-token", accessKeyId];
}
