import { AwsError } from "../base/errors.ts";

/** What a DryRun answers when the call would have succeeded. */
export function dryRunSucceeded(): AwsError {
  return new AwsError(
    "DryRunOperationException",
    "The request would have succeeded, but the DryRun option is set.",
  );
}
