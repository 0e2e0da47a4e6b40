import type { Credential, Credentials } from "../api/context.ts";
import type { Clock } from "../base/clock.ts";
import type { ErrorCode } from "../base/errors.ts";
import { AwsError } from "../base/errors.ts";
import type { Soon } from "../base/soon.ts";
import { after } from "../base/soon.ts";
import { SigningKeys } from "../crypto/signing-key.ts";
import type { ReadSignature, SignedMessage } from "./sigv4.ts";
import { readSignature } from "./sigv4.ts";

/** Where access keys are found and what a failure sets off. */
export interface AuthenticationOptions {
  readonly credentials: Credentials;
  readonly clock: Clock;
  /** Where the keys that credentials sign with are kept, for who wipes them; its own when left out. */
  readonly signingKeys?: SigningKeys;
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
  /** Of temporary credentials. */
  readonly sessionToken: string | undefined;
  readonly region: string;
  readonly service: string;
}

/** Proves who sent a request. Throws AwsError in AWS's words and order. */
export type Authenticate = (
  message: SignedMessage,
  signingNames: readonly string[],
  sourceIp: string,
  read?: ReadSignature,
) => Soon<Signed>;

/** Makes the one way in: nothing of a request may be believed before it returns. */
export function openAuthentication(options: AuthenticationOptions): Authenticate {
  const { clock, regions, signingKeys: keys = new SigningKeys() } = options;
  return (message, signingNames, sourceIp, read = readSignature) => {
    const refused = (error: unknown): never => {
      throw counted(options, sourceIp, error);
    };
    try {
      const signature = read(message, { signingNames, regions });
      const { region, service, sessionToken } = signature;
      const prove = (credential: Credential): Signed => {
        if (credential.refusedBy?.includes(service)) throw unrecognized();
        signature.verify(credential, clock(), keys);
        return { credential, sessionToken, region, service };
      };
      const found = findCredential(options, signature.accessKeyId, sessionToken);
      return found instanceof Promise ? found.then(prove).catch(refused) : prove(found);
    } catch (error) {
      return refused(error);
    }
  };
}

/** Counts what did not prove who sent a request, and gives it back to be thrown. */
export function counted(
  { onAuthenticationFailure }: Pick<AuthenticationOptions, "onAuthenticationFailure">,
  sourceIp: string,
  error: unknown,
): unknown {
  if (error instanceof AwsError) onAuthenticationFailure?.({ code: error.code, sourceIp });
  return error;
}

/** Finds an active access key. Throws UnrecognizedClientException, ExpiredTokenException. */
export function findCredential(
  { credentials, clock }: Pick<AuthenticationOptions, "credentials" | "clock">,
  accessKeyId: string,
  sessionToken: string | undefined,
): Soon<Credential> {
  const found = accessKeyIdForm.test(accessKeyId)
    ? credentials.find(accessKeyId, sessionToken, clock())
    : undefined;
  return after(found, (credential) => {
    if (credential === undefined) throw unrecognized();
    return credential;
  });
}

const accessKeyIdForm = /^\w{1,128}$/;

function unrecognized(): AwsError {
  return new AwsError(
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
  );
}
