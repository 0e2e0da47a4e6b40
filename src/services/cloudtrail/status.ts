import type { ValueOf } from "../../shape/shape.ts";
import type { Delivery } from "./model/delivery.ts";
import { newestAttempts } from "./model/delivery.ts";
import type * as member from "./model/members.ts";
import type { Trail } from "./model/trail.ts";

/** What GetTrailStatus says of a trail. Moments are there twice, as AWS has them: the older members are text, empty for never. */
export function statusAnswer(
  { logging, startedAt, stoppedAt }: Trail,
  deliveries: readonly Delivery[],
): ValueOf<typeof member.trailStatus> {
  const files = newestAttempts(deliveries.map(({ filesTried }) => filesTried));
  const digests = newestAttempts(deliveries.map(({ digestsTried }) => digestsTried));
  return {
    IsLogging: logging,
    LatestDeliveryError: files?.error,
    LatestDeliveryTime: files?.succeededAt,
    StartLoggingTime: startedAt,
    StopLoggingTime: stoppedAt,
    LatestDigestDeliveryTime: digests?.succeededAt,
    LatestDigestDeliveryError: digests?.error,
    LatestDeliveryAttemptTime: text(files?.lastAt),
    LatestDeliveryAttemptSucceeded: text(files?.succeededAt),
    LatestNotificationAttemptTime: "",
    LatestNotificationAttemptSucceeded: "",
    TimeLoggingStarted: text(startedAt),
    TimeLoggingStopped: text(stoppedAt),
  };
}

function text(moment: Date | undefined): string {
  return moment === undefined ? "" : `${moment.toISOString().slice(0, 19)}Z`;
}
