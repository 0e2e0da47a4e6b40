import { formatAuditRecord } from "../audit/record.ts";
import type { Ids } from "../crypto/random.ts";
import type { ServiceEvent } from "./operation.ts";
import type { Service } from "./registry.ts";

/** The audit record of something that a service did by itself. */
export function serviceEvent(
  { name, thing, details }: ServiceEvent,
  service: Pick<Service, "eventSource" | "thingType">,
  { region, time }: { readonly region: string; readonly time: Date },
  ids: Ids,
): string {
  return formatAuditRecord({
    eventName: name,
    eventSource: service.eventSource,
    region,
    time,
    eventId: ids.uuid(),
    readOnly: false,
    identity: { type: "internal", account: thing.account },
    sourceIp: "AWS Internal",
    userAgent: "AWS Internal",
    requestParameters: null,
    responseElements: null,
    resources: [{ arn: thing.arn, account: thing.account, type: service.thingType }],
    recipientAccount: thing.account,
    ...(details === undefined ? {} : { serviceEventDetails: details }),
  });
}
