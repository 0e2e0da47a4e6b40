import { formatAuditRecord } from "../audit/record.ts";
import type { JsonObject } from "../base/json.ts";
import { randomIds } from "../crypto/random.ts";
import { globalRegion } from "../keystore/domain.ts";

type RootEventName =
  | "AddRootSource"
  | "RemoveRootSource"
  | "RenewRootSource"
  | "RotateRootKey"
  | "Seal"
  | "Unseal";

/** What an operator did to the root key belongs to no account: CloudTrail's form wants twelve digits all the same. */
const noAccount = "000000000000";

/** The audit record of something that an operator did to the root key. */
export function rootEvent(eventName: RootEventName, details: JsonObject, time: Date): string {
  return formatAuditRecord({
    eventName,
    eventSource: "keywright",
    region: globalRegion,
    time,
    eventId: randomIds.uuid(),
    readOnly: false,
    identity: { type: "internal", account: noAccount },
    sourceIp: "AWS Internal",
    userAgent: "AWS Internal",
    requestParameters: null,
    responseElements: null,
    resources: [],
    recipientAccount: noAccount,
    serviceEventDetails: details,
  });
}
