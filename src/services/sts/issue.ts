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

/** Makes credentials of an account for so many seconds. */
export async function issueCredentials(
  account: string,
  asked: Asked,
  seconds: number,
  { time }: Pick<CallContext, "time">,
  { identities, ids }: StsTools,
): Promise<IssuedCredentials> {
  const domain = await identities.findDomain(account);
  if (domain === undefined) throw new IntegrityError(`account ${account} is missing`);
  const accessKeyId = ids.unique("ASIA", 16);
  const secret = randomBytes(30).toString("base64");
  const issuedAt = Math.floor(time.getTime() / 1000);
  const expiresAt = issuedAt + seconds;
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secret,
    SessionToken: sealSessionToken(domain, accessKeyId, secret, { ...asked, issuedAt, expiresAt }),
    Expiration: new Date(expiresAt * 1000),
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
