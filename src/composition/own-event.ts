import { formatAuditRecord } from "../audit/record.ts";
import type { JsonObject } from "../base/json.ts";
import { randomIds } from "../crypto/random.ts";
import { globalRegion } from "../keystore/domain.ts";

/** What belongs to no account: CloudTrail's form wants twelve digits all the same. */
const noAccount = "000000000000";

/** Something that happened to the service as a whole. */
export interface OwnEvent {
  readonly eventName: string;
  readonly readOnly: boolean;
  readonly details: JsonObject;
  readonly time: Date;
}

/** The audit record of something that happened to the service as a whole, in no account. */
export function ownEvent({ eventName, readOnly, details, time }: OwnEvent): string {
  return formatAuditRecord({
    eventName,
    eventSource: "keywright",
    region: globalRegion,
    time,
    eventId: randomIds.uuid(),
    readOnly,
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
