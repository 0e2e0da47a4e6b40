import type { LookupKey } from "../../audit/lookup-attributes.ts";
import { eventResources, eventUsername } from "../../audit/lookup-attributes.ts";
import type { TrailRecord } from "../../audit/trail.ts";
import { day } from "../../base/clock.ts";
import { AwsError } from "../../base/errors.ts";
import type { JsonObject } from "../../base/json.ts";
import type { ValueOf } from "../../shape/shape.ts";
import type * as member from "./model/members.ts";

/** What LookupEvents asks for, beside paging. */
export interface Lookup {
  readonly LookupAttributes?:
    | readonly { readonly AttributeKey: LookupKey; readonly AttributeValue: string }[]
    | undefined;
  readonly StartTime?: Date | undefined;
  readonly EndTime?: Date | undefined;
  readonly EventCategory?: string | undefined;
  readonly MaxResults?: number | undefined;
}

/** How far back events can be looked up. */
const reach = 90 * day;
const most = 50;

/** Refuses a lookup that CloudTrail does. */
export function requireLookup(lookup: Lookup): void {
  const { LookupAttributes = [], StartTime, EndTime, EventCategory, MaxResults = most } = lookup;
  if (LookupAttributes.length > 1)
    throw new AwsError(
      "InvalidLookupAttributesException",
      "The list of lookup attributes can contain only one item.",
    );
  if (StartTime !== undefined && EndTime !== undefined && StartTime > EndTime)
    throw new AwsError("InvalidTimeRangeException", "The start time is after the end time.");
  if (MaxResults < 1 || MaxResults > most)
    throw new AwsError(
      "InvalidMaxResultsException",
      `A max results value of ${MaxResults} is specified. Specify max results between 1 and ${most}.`,
    );
  if (EventCategory !== undefined && EventCategory !== "insight")
    throw new AwsError(
      "InvalidEventCategoryException",
      `${EventCategory} is not an event category.`,
    );
}

/** The seconds that a lookup covers, as it says; events tell no smaller parts. */
export function secondsOf({ StartTime, EndTime }: Lookup): {
  readonly from?: number;
  readonly to?: number;
} {
  return {
    ...(StartTime === undefined ? {} : { from: Math.ceil(StartTime.getTime() / 1_000) }),
    ...(EndTime === undefined ? {} : { to: Math.floor(EndTime.getTime() / 1_000) }),
  };
}

/** The first second that can be looked up. */
export function earliest(now: Date): number {
  return Math.ceil((now.getTime() - reach) / 1_000);
}

export const mostEvents = most;

/** An audit record as LookupEvents answers it. */
export function eventAnswer({ text }: TrailRecord): ValueOf<typeof member.event> {
  // INVARIANT: the log was verified, so its text is what formatAuditRecord wrote.
  const record = JSON.parse(text) as JsonObject & Written;
  return {
    EventId: record.eventID,
    EventName: record.eventName,
    ReadOnly: String(record.readOnly),
    AccessKeyId: record.userIdentity.accessKeyId,
    EventTime: new Date(record.eventTime),
    EventSource: record.eventSource,
    Username: eventUsername(record),
    Resources: eventResources(record).map(({ type, name }) => ({
      ResourceType: type,
      ResourceName: name,
    })),
    CloudTrailEvent: text,
  };
}

interface Written {
  readonly eventID: string;
  readonly eventName: string;
  readonly eventSource: string;
  readonly eventTime: string;
  readonly readOnly: boolean;
  readonly userIdentity: { readonly accessKeyId?: string };
}
