import type { Connection } from "../api/context.ts";
import type { Call } from "../api/invoke.ts";
import { AwsError, internalFailure } from "../base/errors.ts";
import type { Signed } from "./authenticate.ts";
import type { Log } from "./log.ts";
import type { SignedMessage } from "./sigv4.ts";

/** A request whose headers are read. */
export interface Message extends SignedMessage {
  readonly connection: Connection;
  readonly requestId: string;
}

/** Makes the call that a signed request is. */
export type MakeCall = (
  message: Message,
  signed: Signed,
  asked: Pick<Call, "operation" | "body" | "batchId">,
) => Call;

/** The error as the client may see it: whatever is not the client's fault stays opaque and goes to the log. */
export function asFault(error: unknown, requestId: string, log: Log): AwsError {
  if (error instanceof AwsError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  log("error", "request failed", { requestId, error: cause });
  return internalFailure(cause);
}
