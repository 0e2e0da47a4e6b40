import { AwsError } from "../../base/errors.ts";
import type { KmsKey } from "./model/key.ts";
import type { KeyDemand } from "./operation.ts";

/** Refuses an operation that the key's state, then its usage, does not allow (facts 4.2; state before usage). */
export function checkKey(key: KmsKey, demand: KeyDemand<unknown>, operation: string): void {
  if (demand.states !== "any" && !demand.states.includes(key.state))
    throw stateError(key, demand.states.includes("PendingDeletion"));
  if (demand.usage !== undefined && demand.usage !== key.usage)
    throw new AwsError(
      "InvalidKeyUsageException",
      `${key.arn} key usage is ${key.usage} which is not valid for ${operation}.`,
    );
}

function stateError(key: KmsKey, wantsPendingDeletion: boolean): AwsError {
  if (wantsPendingDeletion)
    return new AwsError("KMSInvalidStateException", `${key.arn} is not pending deletion.`);
  if (key.state === "Disabled") return new AwsError("DisabledException", `${key.arn} is disabled.`);
  return new AwsError("KMSInvalidStateException", `${key.arn} is pending deletion.`);
}
