import { day } from "../../../base/clock.ts";

/** The last time that a key served a cryptographic operation, and the call that it was. */
export interface LastUse {
  readonly at: Date;
  readonly operation: string;
  /** Of the audit record that the key's account got. */
  readonly eventId: string;
  readonly requestId: string;
}

/** What is known of a key's use. */
export interface Usage {
  /** Absent while the key was never used. */
  readonly lastUse?: LastUse;
  /** Earlier uses were not kept: the key's creation, but for keys from before uses were kept at all. */
  readonly trackedSince: Date;
}

/** Whole days since a key was last used, or since its uses are kept when it never was (facts 12.4). */
export function daysWithoutUse({ lastUse, trackedSince }: Usage, now: Date): number {
  const since = lastUse?.at ?? trackedSince;
  return Math.max(0, Math.floor((now.getTime() - since.getTime()) / day));
}
