import type { CallContext } from "../../api/context.ts";
import { AwsError, IntegrityError } from "../../base/errors.ts";
import { randomBytes } from "../../crypto/random.ts";
import type { StsTools } from "./operation.ts";
import type { SessionContent } from "./session-token.ts";
import { sealSessionToken } from "./session-token.ts";

/** Temporary credentials as they are answered, once. */
export interface IssuedCredentials {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  readonly Expiration: Date;
}

/** What a session is of, before it has credentials. */
export type Asked = Omit<SessionContent, "issuedAt" | "expiresAt">;

/** Credentials, and what is answered of the size of their token. */
export interface Issued {
  readonly Credentials: IssuedCredentials;
  /** Percent of the longest token. */
  readonly SessionTokenUtilization: number;
  /** Bytes. */
  readonly SessionTokenSize: number;
}

/** Room for all that a session can be given (packedSize); a header of 16 KiB holds it. */
const longestToken = 10_240;

/** Makes credentials of an account for so many seconds, with a token that has at least as many bytes as the caller wants. */
export async function issueCredentials(
  account: string,
  asked: Asked,
  { seconds, tokenSize }: { readonly seconds: number; readonly tokenSize?: number | undefined },
  { time }: Pick<CallContext, "time">,
  { identities, ids }: StsTools,
): Promise<Issued> {
  const domain = await identities.findDomain(account);
  if (domain === undefined) throw new IntegrityError(`account ${account} is missing`);
  const accessKeyId = ids.unique("ASIA", 16);
  const secret = randomBytes(30).toString("base64");
  const issuedAt = Math.floor(time.getTime() / 1000);
  const expiresAt = issuedAt + seconds;
  const content = { ...asked, issuedAt, expiresAt };
  const token = sealSessionToken(domain, accessKeyId, secret, content, tokenSize);
  return {
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secret,
      SessionToken: token,
      Expiration: new Date(expiresAt * 1000),
    },
    SessionTokenUtilization: Math.ceil((100 * token.length) / longestToken),
    SessionTokenSize: token.length,
  };
}

/** Refuses a code of an MFA device: there are none. */
export function refuseMfa({
  SerialNumber: serial,
  TokenCode: code,
}: {
  readonly SerialNumber?: string | undefined;
  readonly TokenCode?: string | undefined;
}): void {
  if (serial === undefined && code === undefined) return;
  throw new AwsError(
    "AccessDeniedException",
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
  );
}
