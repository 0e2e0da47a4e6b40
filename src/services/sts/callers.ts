import type { CallContext } from "../../api/context.ts";
import { AwsError } from "../../base/errors.ts";

/** Refuses sessions of users, with GetSessionToken or GetFederationToken: of STS they have GetCallerIdentity, and the former AssumeRole. */
export function refuseUserSession(operation: string, { caller: { session } }: CallContext): void {
  if (session !== undefined && session.role === undefined)
    throw new AwsError(
      "AccessDeniedException",
      `Cannot call ${operation} with session credentials`,
    );
}
