import type { CallContext } from "../../api/context.ts";
import { AwsError } from "../../base/errors.ts";
import type { KeyState, KmsKey } from "./model/key.ts";
import { isUsable } from "./model/material.ts";
import type { KeyDemand } from "./operation.ts";
import { requireUsage, unsupportedOrigin } from "./usage.ts";

/**
 * The state of a key now. What waits for its deletion stays so; a key that lacks material that it cannot do without is
 * pending import, whatever was stored; so material that has expired stops every use at that moment. One whose custom key
 * store is not connected is unavailable.
 */
export function stateOf(key: KmsKey, now: Date): KeyState {
  if (key.state !== "Enabled" && key.state !== "Disabled") return key.state;
  if (key.origin === "EXTERNAL" && !isUsable(key, now)) return "PendingImport";
  if (key.connected === false) return "Unavailable";
  return key.state;
}

/** Refuses an operation that the key's origin, then its state, then its usage does not allow (facts 4.2; state before usage). */
export function checkKey(
  key: KmsKey,
  demand: KeyDemand<unknown>,
  operation: string,
  { time }: Pick<CallContext, "time">,
): void {
  if (demand.origin !== undefined && demand.origin !== key.origin) throw unsupportedOrigin(key);
  const state = stateOf(key, time);
  if (demand.states !== "any" && !demand.states.includes(state))
    throw stateError(key.arn, state, demand.states.includes("PendingDeletion"));
  if (demand.usage !== undefined) requireUsage(key, demand.usage, operation);
}

function stateError(arn: string, state: KeyState, wantsPendingDeletion: boolean): AwsError {
  if (wantsPendingDeletion)
    return new AwsError("KMSInvalidStateException", `${arn} is not pending deletion.`);
  if (state === "Disabled") return new AwsError("DisabledException", `${arn} is disabled.`);
  const word = { PendingImport: "pending import", Unavailable: "unavailable" };
  const what = word[state as keyof typeof word] ?? "pending deletion";
  return new AwsError("KMSInvalidStateException", `${arn} is ${what}.`);
}
