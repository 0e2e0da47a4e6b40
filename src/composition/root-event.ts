import type { JsonObject } from "../base/json.ts";
import { ownEvent } from "./own-event.ts";

type RootEventName =
  | "AddRootSource"
  | "RemoveRootSource"
  | "RenewRootSource"
  | "RotateRootKey"
  | "Seal"
  | "Unseal";

/** The audit record of something that an operator did to the root key. */
export function rootEvent(eventName: RootEventName, details: JsonObject, time: Date): string {
  return ownEvent({ eventName, readOnly: false, details, time });
}
