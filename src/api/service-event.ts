import { formatAuditRecord } from "../audit/record.ts";
import { parseArn } from "../base/arn.ts";
import type { Ids } from "../crypto/random.ts";
import type { ServiceEvent } from "./operation.ts";
import type { Service } from "./registry.ts";

/** The audit record of something that a service did by itself, in the region of its thing. */
export function serviceEvent(
  { name, thing, details, evidence }: ServiceEvent,
  service: Pick<Service, "eventSource" | "thingType">,
  { region, time }: { readonly region: string; readonly time: Date },
  ids: Ids,
): string {
  return formatAuditRecord({
    eventName: name,
    eventSource: service.eventSource,
    region: parseArn(thing.arn)?.region ?? region,
    time,
    eventId: ids.uuid(),
    readOnly: false,
    identity: { type: "internal", account: thing.account },
    sourceIp: "AWS Internal",
    userAgent: "AWS Internal",
    requestParameters: null,
    responseElements: null,
    resources:
      service.thingType === undefined
        ? undefined
        : [{ arn: thing.arn, account: thing.account, type: service.thingType }],
    recipientAccount: thing.account,
    ...(evidence === undefined ? {} : { evidence }),
    ...(details === undefined ? {} : { serviceEventDetails: details }),
  });
}
