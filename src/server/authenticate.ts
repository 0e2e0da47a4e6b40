import type { Credential, Credentials } from "../api/context.ts";
import type { Clock } from "../base/clock.ts";
import type { ErrorCode } from "../base/errors.ts";
import { AwsError } from "../base/errors.ts";
import { SigningKeys } from "../crypto/signing-key.ts";
import type { SignedMessage } from "./sigv4.ts";
import { readSignature } from "./sigv4.ts";

/** Where access keys are found and what a failure sets off. */
export interface AuthenticationOptions {
  readonly credentials: Credentials;
  readonly clock: Clock;
  /** Regions served here; undefined when any well-formed name is. */
  readonly regions?: readonly string[] | undefined;
  /** Counts a request whose signature was not accepted. */
  readonly onAuthenticationFailure?:
    | ((failure: { readonly code: ErrorCode; readonly sourceIp: string }) => void)
    | undefined;
}

/** Who signed a request, and for which region and service. */
export interface Signed {
  readonly credential: Credential;
  readonly region: string;
  readonly service: string;
}

/** Proves who sent a request. Throws AwsError in AWS's words and order. */
export type Authenticate = (
  message: SignedMessage,
  signingNames: readonly string[],
  sourceIp: string,
) => Promise<Signed>;

/** Makes the one way in: nothing of a request may be believed before it returns. */
export function openAuthentication(options: AuthenticationOptions): Authenticate {
  const { credentials, clock, regions } = options;
  const keys = new SigningKeys();
  return async (message, signingNames, sourceIp) => {
    try {
      const signature = readSignature(message, { signingNames, regions });
      // Session credentials do not exist yet, so that a token can only be wrong.
      if (signature.hasSessionToken) throw unrecognized();
      const credential = await findCredential(credentials, signature.accessKeyId);
      signature.verify(credential, clock(), keys);
      return { credential, region: signature.region, service: signature.service };
    } catch (error) {
      if (error instanceof AwsError)
        options.onAuthenticationFailure?.({ code: error.code, sourceIp });
      throw error;
    }
  };
}

/** Finds an active access key. Throws UnrecognizedClientException. */
export async function findCredential(
  credentials: Credentials,
  accessKeyId: string,
): Promise<Credential> {
  const wellFormed = /^\w{1,128}$/.test(accessKeyId);
  const credential = wellFormed ? await credentials.find(accessKeyId) : undefined;
  if (credential === undefined) throw unrecognized();
  return credential;
}

function unrecognized(): AwsError {
  return new AwsError(
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
  );
}
